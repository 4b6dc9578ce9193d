/** Where marks stand on an axis. */

const STEPS = [1, 2, 2.5, 5, 10] as const;

/**
 * Round values from 0 to at least `highest`, about `wanted` steps apart. Counts of things (`whole`)
 * never get a mark between two of them.
 */
export function ticksTo(highest: number, wanted = 4, whole = false): number[] {
  if (!(highest > 0)) {
    return [0, 1];
  }
  const rough = highest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = (STEPS.find((step) => step * power >= rough * 0.999) ?? 10) * power;
  const step = whole ? Math.max(1, Math.ceil(round)) : round;
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}

/** Every how many names fit beside each other, when `count` of them share `width` pixels. */
export function everyNth(count: number, width: number, each: number): number {
  const places = Math.max(1, Math.floor(width / each));
  return Math.max(1, Math.ceil(count / places));
}

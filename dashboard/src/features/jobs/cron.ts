/** When a job that runs by itself is due next. Schedules are in UTC, to the minute. */

const DAY = 86_400_000;
/** A schedule such as 29 February comes within this many days or never. */
const LONGEST_DAYS = 8 * 366;

interface Field {
  values: ReadonlySet<number>;
  /** Whether it was written as `*`, in part or whole. */
  isOpen: boolean;
}

/**
 * The first moment after `now` (milliseconds since 1970) that `cron` names, in milliseconds.
 * Null for what is not five fields of numbers, lists, ranges and steps.
 */
export function nextRun(cron: string, now: number): number | null {
  const parts = cron.trim().split(/\s+/);
  const [minutes, hours, days, months, weekdays] = [
    readField(parts[0], 0, 59),
    readField(parts[1], 0, 23),
    readField(parts[2], 1, 31),
    readField(parts[3], 1, 12),
    readField(parts[4], 0, 7),
  ];
  if (
    parts.length !== 5 ||
    minutes === null ||
    hours === null ||
    days === null ||
    months === null ||
    weekdays === null
  ) {
    return null;
  }
  const first = Math.floor(now / DAY) * DAY;
  for (let passed = 0; passed <= LONGEST_DAYS; passed += 1) {
    const midnight = first + passed * DAY;
    const date = new Date(midnight);
    if (!months.values.has(date.getUTCMonth() + 1) || !isDay(date, days, weekdays)) {
      continue;
    }
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const moment = midnight + minute * 60_000;
      if (
        moment > now &&
        hours.values.has(Math.floor(minute / 60)) &&
        minutes.values.has(minute % 60)
      ) {
        return moment;
      }
    }
  }
  return null;
}

/** With both a day of the month and of the week given, either will do: so cron has it. */
function isDay(date: Date, days: Field, weekdays: Field): boolean {
  const weekday = date.getUTCDay();
  const byWeek = weekdays.values.has(weekday) || (weekday === 0 && weekdays.values.has(7));
  const byMonth = days.values.has(date.getUTCDate());
  return days.isOpen || weekdays.isOpen ? byWeek && byMonth : byWeek || byMonth;
}

function readField(text: string | undefined, lowest: number, highest: number): Field | null {
  const values = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const found = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part);
    if (found === null) {
      return null;
    }
    const [, from, to, step] = found;
    const start = from === undefined ? lowest : Number(from);
    const end =
      to !== undefined
        ? Number(to)
        : from === undefined || step !== undefined
          ? highest
          : start;
    if (start < lowest || end > highest) {
      return null;
    }
    for (let value = start; value <= end; value += Number(step ?? 1)) {
      values.add(value);
    }
  }
  return { values, isOpen: text?.startsWith('*') === true };
}

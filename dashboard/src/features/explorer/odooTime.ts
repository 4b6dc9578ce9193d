/** Odoo's moments, `2026-01-31 09:30:00` in UTC, and what a person types in their own zone. */

const DATETIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** ISO 8601 of a moment as Odoo gives it; null for anything else. */
export function isoOf(value: unknown): string | null {
  return typeof value === 'string' && DATETIME.test(value) ? `${value.replace(' ', 'T')}Z` : null;
}

/** How far `zone` is ahead of UTC at `moment`, both in milliseconds. */
function aheadBy(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(moment);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return local - Math.floor(moment / 1000) * 1000;
}

/** `2026-01-31T10:30` in `zone`, as a field for local times shows it; empty for none. */
export function localOf(value: unknown, zone: string): string {
  const iso = isoOf(value);
  if (iso === null) {
    return '';
  }
  const moment = Date.parse(iso);
  return new Date(moment + aheadBy(moment, zone)).toISOString().slice(0, 16);
}

/** A local time of `zone` as Odoo takes it; empty for what is no time. */
export function odooOf(local: string, zone: string): string {
  if (!LOCAL.test(local)) {
    return '';
  }
  const naive = Date.parse(`${local.slice(0, 16)}:00Z`);
  if (Number.isNaN(naive)) {
    return '';
  }
  // the zone may change its clock between the two, so the first guess is looked at once more
  const guess = naive - aheadBy(naive, zone);
  const moment = naive - aheadBy(guess, zone);
  return new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
}

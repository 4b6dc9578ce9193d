/**
 * Which time is looked at. The address keeps either a span that moves with the clock, or two
 * moments in UTC, so that a link shows a colleague in another zone the same.
 */
import { compact, oneOf } from '@/ui/table/listSearch';

export const SPANS = ['1h', '24h', '7d', '30d', '90d'] as const;
export type Span = (typeof SPANS)[number];

export interface PeriodSearch {
  span?: Span;
  /** First moment, ISO 8601 in UTC. */
  from?: string;
  /** First moment no longer in it. */
  to?: string;
}

export interface Bounds {
  from: string;
  to: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HOURS: Partial<Record<Span, number>> = { '1h': 1, '24h': 24 };
const DAYS: Partial<Record<Span, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** The period in an address; `usual` is the span that is not written there. */
export function readPeriod(raw: Record<string, unknown>, usual: Span): PeriodSearch {
  const from = momentOf(raw.from);
  const to = momentOf(raw.to);
  if (from !== undefined && to !== undefined && from < to) {
    return { from, to };
  }
  const span = oneOf(raw.span, SPANS);
  return compact({ span: span === usual ? undefined : span });
}

/** The moments a period means at `now`. Spans of days begin at midnight UTC, as figures do. */
export function boundsOf(search: PeriodSearch, usual: Span, now: number): Bounds {
  if (search.from !== undefined && search.to !== undefined) {
    return { from: search.from, to: search.to };
  }
  const span = search.span ?? usual;
  const hours = HOURS[span];
  const start =
    hours === undefined
      ? Math.floor(now / DAY) * DAY - ((DAYS[span] ?? 1) - 1) * DAY
      : now - hours * HOUR;
  return { from: new Date(start).toISOString(), to: new Date(now).toISOString() };
}

/** The same length of time just before, moved by whole hours or days so that bars match. */
export function boundsBefore({ from, to }: Bounds): Bounds {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const step = end - start > 3 * DAY ? DAY : HOUR;
  const shift = Math.ceil((end - start) / step) * step;
  return {
    from: new Date(start - shift).toISOString(),
    to: new Date(end - shift).toISOString(),
  };
}

/** How far a zone is from UTC at a moment, in milliseconds. */
function offsetOf(moment: number, timeZone: string): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/** A moment as a field for local times holds it: `2026-03-29T14:30`. */
export function toLocal(iso: string, timeZone: string): string {
  const moment = Date.parse(iso);
  return new Date(moment + offsetOf(moment, timeZone)).toISOString().slice(0, 16);
}

/** The moment that a local time of `timeZone` is, or null if it is none. */
export function fromLocal(local: string, timeZone: string): string | null {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc)) {
    return null;
  }
  // the offset is that of the moment looked for, which the first guess is near
  const guess = asUtc - offsetOf(asUtc, timeZone);
  return new Date(asUtc - offsetOf(guess, timeZone)).toISOString();
}

function momentOf(value: unknown): string | undefined {
  const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? undefined : new Date(moment).toISOString();
}

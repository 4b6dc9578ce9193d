/** Moments in words: near ones by distance, far ones by date, all in the person's zone. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "5 minutes ago" within a day, else the date and time. `now` in milliseconds since 1970. */
export function readableTime(iso: string, tag: string, timeZone: string, now: number): string {
  const moment = Date.parse(iso);
  const distance = moment - now;
  const size = Math.abs(distance);
  if (size < DAY) {
    const words = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
    if (size < MINUTE) {
      return words.format(0, 'second');
    }
    return size < HOUR
      ? words.format(Math.round(distance / MINUTE), 'minute')
      : words.format(Math.round(distance / HOUR), 'hour');
  }
  const sameYear = yearIn(moment, timeZone) === yearIn(now, timeZone);
  return new Intl.DateTimeFormat(tag, {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(sameYear ? { hour: '2-digit', minute: '2-digit' } : { year: 'numeric' }),
  }).format(moment);
}

/** Down to the second, with the zone and the moment in UTC. */
export function exactTime(iso: string, tag: string, timeZone: string): string {
  const local = new Intl.DateTimeFormat(tag, {
    timeZone,
    dateStyle: 'medium',
    timeStyle: 'medium',
  }).format(Date.parse(iso));
  return `${local} ${timeZone} · ${new Date(iso).toISOString().replace('.000Z', 'Z')}`;
}

/** Hours, minutes and seconds alone, for moments of today. */
export function clockTime(moment: number, tag: string, timeZone: string): string {
  return new Intl.DateTimeFormat(tag, { timeZone, timeStyle: 'medium' }).format(moment);
}

function yearIn(moment: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone, year: 'numeric' }).format(moment);
}

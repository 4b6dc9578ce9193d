import { useLanguage } from '@/i18n/language';

import type { Period } from './queries';

/** From when to when figures are, on the clock of those whose automations they are of. */
export function useSpan(period: Period): string {
  const { tag } = useLanguage();
  const [from, to] = [Date.parse(period.from), Date.parse(period.to)];
  const isShort = to - from <= 2 * 86_400_000;
  return new Intl.DateTimeFormat(tag, {
    timeZone: period.time_zone,
    day: 'numeric',
    month: 'short',
    ...(isShort ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : {}),
  }).formatRange(from, to);
}

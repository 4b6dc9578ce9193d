/** A moment as people read it, with the exact one on hover and for screen readers' machines. */
import { useLanguage } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';

import { Hint } from './Hint';
import { exactTime, readableTime } from './time';
import { useNow } from './useNow';

interface TimeTextProps {
  /** ISO 8601, as the API gives it. */
  value: string;
}

export function TimeText({ value }: TimeTextProps) {
  const { tag } = useLanguage();
  const zone = useTimeZone();
  const now = useNow(30_000);
  return (
    <Hint text={exactTime(value, tag, zone)}>
      <time dateTime={value} tabIndex={0}>
        {readableTime(value, tag, zone, now)}
      </time>
    </Hint>
  );
}

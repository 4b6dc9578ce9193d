/** A moment as people read it, with the exact one on hover and for screen readers' machines. */
import { Tooltip } from 'antd';

import { useLanguage } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';

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
    <Tooltip title={exactTime(value, tag, zone)}>
      <time dateTime={value} tabIndex={0}>
        {readableTime(value, tag, zone, now)}
      </time>
    </Tooltip>
  );
}

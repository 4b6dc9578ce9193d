import { useTranslation } from 'react-i18next';

import { useLanguage } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';

import styles from './Freshness.module.css';
import { Hint } from './Hint';
import { LiveDot } from './LiveDot';
import type { Liveness } from './LiveDot';
import { clockTime, exactTime } from './time';

interface FreshnessProps {
  /** When what is shown was true: ISO 8601 or milliseconds since 1970; null: nothing shown yet. */
  asOf: string | number | null;
  liveness?: Liveness;
}

/** How fresh the figures beside it are, and whether they renew themselves. */
export function Freshness({ asOf, liveness }: FreshnessProps) {
  const { t } = useTranslation('common');
  const { tag } = useLanguage();
  const zone = useTimeZone();
  if (asOf === null) {
    return null;
  }
  const moment = typeof asOf === 'string' ? Date.parse(asOf) : asOf;
  const exact = new Date(moment).toISOString();
  return (
    <span className={styles.freshness}>
      {liveness !== undefined && <LiveDot liveness={liveness} />}
      <Hint text={exactTime(exact, tag, zone)}>
        <time dateTime={exact} tabIndex={0}>
          {t('asOf', { time: clockTime(moment, tag, zone) })}
        </time>
      </Hint>
    </span>
  );
}

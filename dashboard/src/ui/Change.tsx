import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useLanguage } from '@/i18n/language';

import styles from './Change.module.css';

interface ChangeProps {
  now: number;
  before: number;
  /** Which direction is good news; left out where neither is. */
  better?: 'more' | 'less';
}

/** What would be written as 0 % is no change. */
const SHOWN_FROM = 0.005;
/** Smaller ones come and go by themselves, and are neither good nor bad news. */
const NEWS_FROM = 0.1;

/** How much more or less than before. */
export function Change({ now, before, better }: ChangeProps) {
  const { t } = useTranslation('traffic');
  const { tag } = useLanguage();
  const signed = useMemo(
    () =>
      new Intl.NumberFormat(tag, {
        style: 'percent',
        maximumFractionDigits: 0,
        signDisplay: 'exceptZero',
      }),
    [tag],
  );
  if (before === 0) {
    return now === 0 ? null : <span className={styles.change}>{t('change.new')}</span>;
  }
  const change = now / before - 1;
  if (Math.abs(change) < SHOWN_FROM) {
    return <span className={styles.change}>{t('change.same')}</span>;
  }
  const isMore = change > 0;
  const isNews = better !== undefined && Math.abs(change) >= NEWS_FROM;
  const tone = !isNews ? '' : (better === 'more') === isMore ? styles.good : styles.bad;
  return (
    <span className={`${styles.change} ${tone}`}>
      <span aria-hidden="true">{isMore ? '▲' : '▼'}</span> {signed.format(change)}
    </span>
  );
}

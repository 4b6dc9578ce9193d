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
  if (now === before) {
    return <span className={styles.change}>{now === 0 ? '' : t('change.same')}</span>;
  }
  if (before === 0) {
    return <span className={styles.change}>{t('change.new')}</span>;
  }
  const isMore = now > before;
  const tone = better === undefined ? '' : (better === 'more') === isMore ? styles.good : styles.bad;
  return (
    <span className={`${styles.change} ${tone}`}>
      <span aria-hidden="true">{isMore ? '▲' : '▼'}</span> {signed.format(now / before - 1)}
    </span>
  );
}

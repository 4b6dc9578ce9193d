import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Figure.module.css';

interface FigureProps {
  label: string;
  /** Null where there is no data; a nought that was counted is not null. */
  value: string | null;
  note?: ReactNode;
  tone?: 'plain' | 'bad';
}

/** One number with its name. */
export function Figure({ label, value, note, tone = 'plain' }: FigureProps) {
  const { t } = useTranslation('common');
  return (
    <div className={styles.figure}>
      <dt className={styles.label}>{label}</dt>
      <dd className={value === null ? styles.none : `${styles.value} ${styles[tone]}`}>
        {value ?? t('noData')}
      </dd>
      {note !== undefined && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

export function Figures({ children }: { children: ReactNode }) {
  return <dl className={styles.figures}>{children}</dl>;
}

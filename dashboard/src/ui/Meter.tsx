import type { ReactNode } from 'react';

import styles from './Meter.module.css';

interface MeterProps {
  label: string;
  /** Null where it is not known. */
  used: number | null;
  /** Null where there is no limit. */
  limit: number | null;
  /** What is written beside the bar, such as "12 of 100". */
  value: ReactNode;
  note?: ReactNode;
}

/** How much of a limit is used: in words, and as a bar that warns from four fifths on. */
export function Meter({ label, used, limit, value, note }: MeterProps) {
  const share = used === null || limit === null ? null : limit === 0 ? 1 : Math.min(used / limit, 1);
  const tone = share === null || share < 0.8 ? '' : share < 1 ? styles.near : styles.over;
  return (
    <div className={styles.meter}>
      <div className={styles.words}>
        <span className={styles.label}>{label}</span>
        <span className={styles.value}>{value}</span>
      </div>
      {share !== null && (
        <div className={styles.track} aria-hidden="true">
          <span className={`${styles.fill} ${tone}`} style={{ inlineSize: `${share * 100}%` }} />
        </div>
      )}
      {note !== undefined && <span className={styles.note}>{note}</span>}
    </div>
  );
}

import type { ReactNode } from 'react';

import styles from './Facts.module.css';

export interface Fact {
  label: string;
  /** Null and undefined: not set. */
  value: ReactNode;
}

interface FactsProps {
  items: readonly Fact[];
  /** What stands for a fact that is not set. */
  none: string;
}

/** Names and values, such as the settings of one record. */
export function Facts({ items, none }: FactsProps) {
  return (
    <dl className={styles.facts}>
      {items.map(({ label, value }) => (
        <div key={label} className={styles.fact}>
          <dt>{label}</dt>
          <dd>{value ?? <span className={styles.none}>{none}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

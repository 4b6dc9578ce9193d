import type { ReactNode } from 'react';

import styles from './Panel.module.css';

/** The ground a list or form of a page stands on. */
export function Panel({ children }: { children: ReactNode }) {
  return <div className={styles.panel}>{children}</div>;
}

import type { ReactNode } from 'react';

import styles from './Buttons.module.css';

/** What can be done with one thing, side by side. */
export function Buttons({ children }: { children: ReactNode }) {
  return <span className={styles.buttons}>{children}</span>;
}

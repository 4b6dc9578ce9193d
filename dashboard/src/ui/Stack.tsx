import type { ReactNode } from 'react';

import styles from './Stack.module.css';

/** Parts of a page, one under the other. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}

import type { ReactNode } from 'react';

import styles from './Hint.module.css';

interface HintProps {
  /** More about what is inside; shown on hover and on focus. */
  text: string;
  children: ReactNode;
}

/** Words that appear beside something when it is pointed at. */
export function Hint({ text, children }: HintProps) {
  return (
    <span className={styles.hint} data-hint={text}>
      {children}
    </span>
  );
}

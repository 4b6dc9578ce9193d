import { useId } from 'react';
import type { ReactNode } from 'react';

import styles from './Section.module.css';

interface SectionProps {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Content that reaches the edges, such as a table. */
  flush?: boolean;
}

/** A titled part of a page. */
export function Section({ title, aside, children, flush = false }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.section}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {aside !== undefined && aside !== false && <div className={styles.aside}>{aside}</div>}
      </div>
      <div className={flush ? undefined : styles.body}>{children}</div>
    </section>
  );
}

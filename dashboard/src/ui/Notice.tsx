import type { ReactNode } from 'react';

import styles from './Notice.module.css';

interface NoticeProps {
  title: string;
  /** More about it, in whatever language it was said. */
  children: ReactNode;
}

/** Something to know before going on. */
export function Notice({ title, children }: NoticeProps) {
  return (
    <div role="alert" className={styles.notice}>
      <p className={styles.title}>{title}</p>
      {children !== null && <p dir="auto">{children}</p>}
    </div>
  );
}

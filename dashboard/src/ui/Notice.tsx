import type { ReactNode } from 'react';

import styles from './Notice.module.css';

interface NoticeProps {
  title: string;
  tone?: 'good' | 'warn' | 'bad';
  /** More about it, in whatever language it was said. */
  children?: ReactNode;
}

/** Something to know before going on. */
export function Notice({ title, tone = 'warn', children }: NoticeProps) {
  return (
    <div role={tone === 'good' ? 'status' : 'alert'} className={`${styles.notice} ${styles[tone]}`}>
      <p className={styles.title}>{title}</p>
      {children != null && <div dir="auto">{children}</div>}
    </div>
  );
}

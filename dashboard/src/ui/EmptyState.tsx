import type { ReactNode } from 'react';

import styles from './EmptyState.module.css';

interface EmptyStateProps {
  title: string;
  /** What to do next. */
  hint: ReactNode;
  action?: ReactNode;
  /** It is all the page has to say, so its title is the page's. */
  isPage?: boolean;
}

/** Where there is nothing yet: says so, and what to do about it. */
export function EmptyState({ title, hint, action, isPage = false }: EmptyStateProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className={styles.empty}>
      <svg width="56" height="40" viewBox="0 0 56 40" aria-hidden="true" className={styles.picture}>
        <path d="M2 31h52M16 31V9M40 31V9M2 24c7-3 12-8 14-15 4 16 20 16 24 0 2 7 7 12 14 15" />
        <path d="M6 37h6M20 37h6M34 37h6M48 37h4" className={styles.water} />
      </svg>
      <Title className={styles.title}>{title}</Title>
      <p className={styles.hint}>{hint}</p>
      {action}
    </div>
  );
}

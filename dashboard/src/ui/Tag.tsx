import type { ReactNode } from 'react';

import styles from './Tag.module.css';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info';

/** A state in a word. The colour repeats what the word says. */
export function Tag({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.tag} ${styles[tone]}`}>{children}</span>;
}

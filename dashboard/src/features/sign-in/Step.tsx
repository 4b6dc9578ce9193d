import { useEffect } from 'react';
import type { ReactNode } from 'react';

import styles from './Step.module.css';

interface StepProps {
  title: string;
  lead?: string;
  children: ReactNode;
}

/** One step on the way in. */
export function Step({ title, lead, children }: StepProps) {
  useEffect(() => {
    document.title = `${title} · BridgeCore`;
  }, [title]);
  return (
    <div className={styles.step}>
      <h1 className={styles.title}>{title}</h1>
      {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      {children}
    </div>
  );
}

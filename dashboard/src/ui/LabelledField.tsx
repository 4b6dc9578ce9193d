import type { ReactNode } from 'react';

import styles from './LabelledField.module.css';

interface LabelledFieldProps {
  /** Id of the field inside. */
  htmlFor: string;
  label: ReactNode;
  hint?: string;
  children: ReactNode;
}

/** A field with its name above, outside of any larger form. */
export function LabelledField({ htmlFor, label, hint, children }: LabelledFieldProps) {
  return (
    <div className={styles.field}>
      <label htmlFor={htmlFor}>{label}</label>
      {children}
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
    </div>
  );
}

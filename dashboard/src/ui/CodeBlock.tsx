import { useId } from 'react';
import { useTranslation } from 'react-i18next';

import { CopyButton } from './CopyButton';
import styles from './CodeBlock.module.css';

interface CodeBlockProps {
  /** What it is, above it. */
  label: string;
  code: string;
}

/** Code to take away. */
export function CodeBlock({ label, code }: CodeBlockProps) {
  const { t } = useTranslation('common');
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.block}>
      <div className={styles.head}>
        <span id={id}>{label}</span>
        <CopyButton text={code} label={t('copyCode')} />
      </div>
      <pre className={styles.code} dir="ltr" tabIndex={0} role="region" aria-labelledby={id}>
        {code}
      </pre>
    </section>
  );
}

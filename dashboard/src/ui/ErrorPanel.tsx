/** What went wrong, in the person's language, with the id that finds it in the logs. */
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { ProblemError } from '@/api/problem';

import { CopyButton } from './CopyButton';
import styles from './ErrorPanel.module.css';

/** Whose name in the person's language says all there is to say. */
const PLAIN: ReadonlySet<string> = new Set(['INVALID_CREDENTIALS']);

interface ErrorPanelProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** As one line beside a form, not as the content of a page. */
  compact?: boolean;
}

export function ErrorPanel({ error, onRetry, compact = false }: ErrorPanelProps) {
  const { t, i18n } = useTranslation(['common', 'problems']);
  const problem = error instanceof ProblemError ? error : null;
  const title = problem === null ? t('error.unexpected') : t(`problems:${problem.code}`);
  const detail = problem?.detail ?? (error instanceof Error ? error.message : String(error));
  const repeats =
    (i18n.language === 'en' && detail === title) || (problem !== null && PLAIN.has(problem.code));
  return (
    <div role="alert" className={compact ? styles.compact : styles.panel}>
      <p className={styles.title}>{title}</p>
      {!repeats && (
        <p className={styles.detail} dir="auto">
          {detail}
        </p>
      )}
      {problem?.fields.length ? (
        <ul className={styles.fields}>
          {problem.fields.map((field) => (
            <li key={field.pointer + field.code} dir="auto">
              <code>{field.pointer}</code> {field.detail}
            </li>
          ))}
        </ul>
      ) : null}
      {problem?.correlationId != null && (
        <p className={styles.correlation}>
          {t('error.correlationId')} <code>{problem.correlationId}</code>
          <CopyButton text={problem.correlationId} label={t('error.copyCorrelationId')} />
        </p>
      )}
      {onRetry !== undefined && (
        <Button size={compact ? 'small' : 'middle'} onClick={onRetry}>
          {t('error.retry')}
        </Button>
      )}
    </div>
  );
}

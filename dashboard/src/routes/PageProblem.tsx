/** Pages that could not be shown. */
import { Link, useRouter } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { ProblemError } from '@/api/problem';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';

import styles from './PageProblem.module.css';

export function PageProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof ProblemError && 'page' in error.extra) {
    return <ClosedPage permission={error.extra.page} />;
  }
  return (
    <div className={styles.problem}>
      <ErrorPanel
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </div>
  );
}

/** A page that the signed-in person may not open. */
function ClosedPage({ permission }: { permission: unknown }) {
  const { t } = useTranslation(['common', 'problems']);
  return (
    <EmptyState
      isPage
      title={t('problems:FORBIDDEN')}
      hint={
        typeof permission === 'string' ? t('closed.needs', { permission }) : t('closed.others')
      }
      action={<Link to="/">{t('notFound.home')}</Link>}
    />
  );
}

export function NotFoundPage() {
  const { t } = useTranslation('common');
  return (
    <EmptyState
      isPage
      title={t('notFound.title')}
      hint={t('notFound.hint')}
      action={<Link to="/">{t('notFound.home')}</Link>}
    />
  );
}

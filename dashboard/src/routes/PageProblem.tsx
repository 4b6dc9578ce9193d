/** Pages that could not be shown. */
import { Link, useRouter } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';

import styles from './PageProblem.module.css';

export function PageProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
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

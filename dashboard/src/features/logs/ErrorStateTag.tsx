import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';

import type { ErrorGroup } from './queries';

/** Open, resolved, or open again because it came back. */
export function ErrorStateTag({ error }: { error: Pick<ErrorGroup, 'resolved' | 'reopened_at'> }) {
  const { t } = useTranslation('logs');
  if (error.resolved) {
    return <Tag tone="good">{t('states.resolved')}</Tag>;
  }
  return error.reopened_at === null ? (
    <Tag>{t('states.open')}</Tag>
  ) : (
    <Tag tone="warn">{t('states.back')}</Tag>
  );
}

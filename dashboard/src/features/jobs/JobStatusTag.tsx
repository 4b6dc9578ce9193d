import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import { STATUSES } from './search';
import type { JobStatus } from './search';

const TONES: Record<JobStatus, Tone> = {
  todo: 'neutral',
  doing: 'info',
  failed: 'bad',
  cancelled: 'neutral',
  aborted: 'warn',
};

export function JobStatusTag({ status }: { status: string }) {
  const { t } = useTranslation('jobs');
  const known = STATUSES.find((one) => one === status);
  return known === undefined ? (
    <Tag>{status}</Tag>
  ) : (
    <Tag tone={TONES[known]}>{t(`status.${known}`)}</Tag>
  );
}

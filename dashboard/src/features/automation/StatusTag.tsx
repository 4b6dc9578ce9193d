import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import type { Execution } from './queries';

const TONES: Record<Execution['status'], Tone> = {
  new: 'neutral',
  running: 'info',
  waiting: 'info',
  success: 'good',
  error: 'bad',
  crashed: 'bad',
  canceled: 'warn',
  unknown: 'neutral',
};

/** How an execution stands. */
export function StatusTag({ status }: { status: Execution['status'] }) {
  const { t } = useTranslation('automation');
  return <Tag tone={TONES[status]}>{t(`status.${status}`)}</Tag>;
}

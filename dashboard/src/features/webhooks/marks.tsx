/** What happened to a record, and what became of the event that told of it, in a word. */
import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import type { WebhookEvent } from './queries';

const STATUSES: Record<WebhookEvent['status'], Tone> = {
  pending: 'info',
  done: 'good',
  dead: 'bad',
  discarded: 'neutral',
};

export function EventTag({ status }: { status: WebhookEvent['status'] }) {
  const { t } = useTranslation('webhooks');
  return <Tag tone={STATUSES[status]}>{t(`status.${status}`)}</Tag>;
}

export function FaultTag({ fault }: { fault: NonNullable<WebhookEvent['fault']> }) {
  const { t } = useTranslation('webhooks');
  return <Tag tone={fault === 'source' ? 'warn' : 'bad'}>{t(`fault.${fault}`)}</Tag>;
}

import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import type { TenantStatus } from './search';

type ConnectionStatus = components['schemas']['ConnectionStatus'];

const TENANT_TONES: Record<TenantStatus, Tone> = {
  active: 'good',
  trial: 'info',
  suspended: 'warn',
  deleted: 'bad',
};

export function TenantStatusTag({ status }: { status: TenantStatus }) {
  const { t } = useTranslation('tenants');
  return <Tag tone={TENANT_TONES[status]}>{t(`status.${status}`)}</Tag>;
}

const CONNECTION_TONES: Record<ConnectionStatus, Tone> = {
  unknown: 'neutral',
  ok: 'good',
  failing: 'bad',
  reauthorise: 'warn',
};

export function ConnectionStatusTag({ status }: { status: ConnectionStatus }) {
  const { t } = useTranslation('tenants');
  return <Tag tone={CONNECTION_TONES[status]}>{t(`connection.${status}`)}</Tag>;
}

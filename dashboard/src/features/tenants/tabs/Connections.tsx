import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { tenantConnectionsQuery } from '../queries';
import { ConnectionStatusTag } from '../StatusTag';
import type { PanelProps } from './panel';

/** The outside systems a tenant is connected to, as they were found last. */
export default function Connections({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const query = useQuery(tenantConnectionsQuery(useApi(), tenant.id));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton />
    );
  }
  return (
    <Section
      flush
      title={t('tabs.connections')}
      aside={<Freshness asOf={query.dataUpdatedAt} />}
    >
      {query.data.items.length === 0 ? (
        <EmptyState title={t('connection.none')} hint={t('connection.noneHint')} />
      ) : (
        <Rows
          caption={t('tabs.connections')}
          rows={query.data.items}
          rowKey={(connection) => connection.id}
          columns={[
            {
              id: 'name',
              title: t('connection.name'),
              cell: (connection) => (
                <span>
                  <bdi>{connection.name}</bdi> <code>{connection.connector}</code>{' '}
                  {connection.is_primary && <Tag>{t('connection.primary')}</Tag>}
                </span>
              ),
            },
            {
              id: 'status',
              title: t('fields.status'),
              cell: (connection) => <ConnectionStatusTag status={connection.status} />,
            },
            {
              id: 'detail',
              title: t('connection.detail'),
              cell: (connection) => <span dir="auto">{connection.status_detail}</span>,
            },
            {
              id: 'version',
              title: t('connection.version'),
              cell: (connection) =>
                connection.server_version === null ? null : (
                  <code>{connection.server_version}</code>
                ),
            },
            {
              id: 'checked_at',
              title: t('connection.checked'),
              cell: (connection) =>
                connection.checked_at === null ? (
                  t('connection.notChecked')
                ) : (
                  <TimeText value={connection.checked_at} />
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}

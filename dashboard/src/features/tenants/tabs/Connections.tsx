import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Lag } from '@/features/sync/Lag';
import { useSpan } from '@/features/sync/span';
import { RunTag, StandingTag } from '@/features/sync/Tags';
import { Said } from '@/features/sync/Trouble';
import { useNumbers } from '@/i18n/language';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { RENEW_MS, tenantConnectionsQuery, tenantRunsQuery, tenantSyncQuery } from '../queries';
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
    <Stack>
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
                cell: ({ status_detail }) => status_detail && <span dir="auto">{status_detail}</span>,
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
      <Copies tenantId={tenant.id} />
      <Runs tenantId={tenant.id} />
    </Stack>
  );
}

/** How old each copy is, and what is wrong with it. */
function Copies({ tenantId }: { tenantId: string }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const query = useQuery({ ...tenantSyncQuery(useApi(), tenantId), refetchInterval: RENEW_MS });
  return (
    <Section
      flush
      title={t('copies')}
      aside={<Freshness asOf={query.dataUpdatedAt || null} />}
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )
      ) : query.data.connections.length === 0 ? (
        <EmptyState title={t('noCopies')} hint={t('noCopiesHint')} />
      ) : (
        <Rows
          caption={t('copies')}
          rows={query.data.connections}
          rowKey={(one) => one.connection_id}
          columns={[
            {
              id: 'name',
              title: t('fields.connection'),
              cell: (one) => (
                <span>
                  <bdi>{one.connection_name}</bdi> <code>{one.connector}</code>
                </span>
              ),
            },
            {
              id: 'state',
              title: t('fields.status'),
              cell: (one) => <StandingTag state={one.state} />,
            },
            {
              id: 'lag',
              title: t('fields.copy'),
              cell: (one) => <Lag caughtUpAt={one.caught_up_at} />,
            },
            {
              id: 'last',
              title: t('fields.lastRun'),
              cell: (one) =>
                one.succeeded_at === null ? null : <TimeText value={one.succeeded_at} />,
            },
            {
              id: 'aside',
              title: t('fields.aside'),
              numeric: true,
              cell: (one) => (one.set_aside === 0 ? null : count(one.set_aside)),
            },
            {
              id: 'trouble',
              title: t('fields.error'),
              cell: (one) =>
                one.error === null && one.entities_in_trouble.length === 0 ? null : (
                  <span>
                    <Said error={one.error} whatToDo={one.what_to_do} />
                    {one.entities_in_trouble.length > 0 && (
                      <code>{one.entities_in_trouble.join(', ')}</code>
                    )}
                  </span>
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}

function Runs({ tenantId }: { tenantId: string }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const span = useSpan();
  const query = useQuery({ ...tenantRunsQuery(useApi(), tenantId), refetchInterval: RENEW_MS });
  return (
    <Section flush title={t('runs')} aside={<Freshness asOf={query.dataUpdatedAt || null} />}>
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )
      ) : query.data.items.length === 0 ? (
        <EmptyState title={t('noRuns')} hint={t('noRunsHint')} />
      ) : (
        <Rows
          caption={t('runs')}
          rows={query.data.items}
          rowKey={(run) => run.id}
          columns={[
            {
              id: 'when',
              title: t('fields.started'),
              cell: (run) => (
                <span>
                  {t(`kind.${run.kind}`)} <TimeText value={run.started_at ?? run.requested_at} />
                </span>
              ),
            },
            {
              id: 'status',
              title: t('fields.status'),
              cell: (run) => <RunTag status={run.status} />,
            },
            { id: 'trigger', title: t('fields.trigger'), cell: (run) => t(`trigger.${run.trigger}`) },
            {
              id: 'read',
              title: t('fields.read'),
              numeric: true,
              cell: (run) => count(run.records_read),
            },
            {
              id: 'changed',
              title: t('fields.changed'),
              numeric: true,
              cell: (run) => count(run.changed),
            },
            {
              id: 'took',
              title: t('fields.took'),
              numeric: true,
              cell: (run) => (run.duration_seconds == null ? null : span(run.duration_seconds)),
            },
            {
              id: 'error',
              title: t('fields.error'),
              cell: ({ error_message }) => error_message && <span dir="auto">{error_message}</span>,
            },
          ]}
        />
      )}
    </Section>
  );
}

/** Every system the company is connected to: how it stands, how old its copy is. */
import { PlusOutlined } from '@ant-design/icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { ConnectionStatusTag } from '@/features/tenants/StatusTag';
import { Lag } from '@/features/sync/Lag';
import { planQuery, standingsQuery } from '@/features/sync/queries';
import type { Standing } from '@/features/sync/queries';
import { StandingTag } from '@/features/sync/Tags';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import styles from './connection.module.css';
import { MyCredentials } from './MyCredentials';
import { connectionsQuery } from './queries';
import type { Connection } from './queries';

const RENEW_MS = 10_000;

export function ConnectionsPage() {
  const { t } = useTranslation('connection');
  const isAllowed = useMay();
  const query = useQuery({
    ...connectionsQuery(useApi()),
    enabled: isAllowed('connections:read'),
    refetchInterval: useRenewal(RENEW_MS),
  });
  const standings = useQuery({
    ...standingsQuery(useApi()),
    enabled: isAllowed('sync:read'),
    refetchInterval: RENEW_MS,
  });
  const liveness = useLiveness(query, standings);
  const add = isAllowed('connections:write') && (
    <ButtonLink to="/connections/new" look="primary" icon={<PlusOutlined aria-hidden />}>
      {t('add')}
    </ButtonLink>
  );
  const hasOdoo =
    !isAllowed('connections:read') ||
    query.data?.items.some(({ connector }) => connector === 'odoo') === true;
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={add} />
      <Stack>
        {isAllowed('connections:read') && (
          <Section
            flush
            title={t('list')}
            aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
          >
            {query.data === undefined ? (
              query.isError ? (
                <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
              ) : (
                <Skeleton lines={6} />
              )
            ) : query.data.items.length === 0 ? (
              <EmptyState
                title={t('none')}
                hint={isAllowed('connections:write') ? t('noneHint') : t('noneForReaders')}
                action={add}
              />
            ) : (
              <Table connections={query.data.items} standings={standings.data?.connections ?? []} />
            )}
            {standings.isError && (
              <ErrorPanel compact error={standings.error} onRetry={() => void standings.refetch()} />
            )}
          </Section>
        )}
        {isAllowed('gateway:read') && hasOdoo && <MyCredentials />}
      </Stack>
    </>
  );
}

interface TableProps {
  connections: readonly Connection[];
  standings: readonly Standing[];
}

/** As many as a company has at hand; more are not counted here. */
const COUNTED = 20;

function Table({ connections, standings }: TableProps) {
  const { t } = useTranslation('connection');
  const { count } = useNumbers();
  const api = useApi();
  const of = (id: string) => standings.find(({ connection_id }) => connection_id === id);
  const records = useQueries({
    queries: standings.slice(0, COUNTED).map(({ connection_id }) => planQuery(api, connection_id)),
    combine: (plans) =>
      new Map(
        plans.flatMap(({ data }) =>
          data === undefined
            ? []
            : [[data.connection_id, data.entities.reduce((all, one) => all + (one.records ?? 0), 0)]],
        ),
      ),
  });
  return (
    <Rows
      caption={t('list')}
      rows={connections}
      rowKey={({ id }) => id}
      columns={[
        {
          id: 'name',
          title: t('fields.name'),
          cell: (connection) => (
            <span className={styles.name}>
              <Link to="/connections/$connectionId" params={{ connectionId: connection.id }}>
                <bdi>{connection.name}</bdi>
              </Link>
              <span>
                <code>{connection.connector}</code>{' '}
                {connection.is_primary && <Tag>{t('primary')}</Tag>}{' '}
                {!connection.is_active && <Tag tone="warn">{t('inactive')}</Tag>}
              </span>
            </span>
          ),
        },
        {
          id: 'status',
          title: t('fields.status'),
          cell: ({ status }) => <ConnectionStatusTag status={status} />,
        },
        {
          id: 'sync',
          title: t('fields.sync'),
          cell: ({ id }) => {
            const standing = of(id);
            return standing === undefined ? null : <StandingTag state={standing.state} />;
          },
        },
        {
          id: 'lag',
          title: t('fields.copy'),
          cell: ({ id }) => {
            const standing = of(id);
            return standing === undefined ? null : <Lag caughtUpAt={standing.caught_up_at} />;
          },
        },
        {
          id: 'records',
          title: t('fields.records'),
          numeric: true,
          cell: ({ id }) => {
            const held = records.get(id);
            return held === undefined ? null : count(held);
          },
        },
        {
          id: 'last',
          title: t('fields.lastRun'),
          cell: ({ id }) => {
            const at = of(id)?.succeeded_at;
            return at == null ? null : <TimeText value={at} />;
          },
        },
        {
          id: 'trouble',
          title: t('fields.trouble'),
          cell: ({ id, status_detail }) => {
            const standing = of(id);
            const said = standing?.error ?? status_detail;
            const troubled = standing?.entities_in_trouble.length ?? 0;
            return said == null && troubled === 0 && !standing?.set_aside ? null : (
              <span className={styles.said}>
                {said != null && <span dir="auto">{said} </span>}
                {troubled > 0 && <Tag tone="bad">{t('troubled', { count: troubled })}</Tag>}
                {standing?.set_aside ? (
                  <Tag tone="warn">{t('aside', { count: standing.set_aside })}</Tag>
                ) : null}
              </span>
            );
          },
        },
      ]}
    />
  );
}

/** One connection: how its copy stands, what is copied, its runs, what waits, and its settings. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, lazy } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { TABS } from '@/features/sync/search';
import type { ConnectionTab, ConnectionView } from '@/features/sync/search';
import { ConnectionStatusTag } from '@/features/tenants/StatusTag';
import { useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { PageHeader } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { TabLinks } from '@/ui/TabLinks';
import { compact } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';

import { connectionQuery } from './queries';
import type { Connection } from './queries';

const State = lazy(() => import('@/features/sync/State').then((room) => ({ default: room.State })));
const Models = lazy(() =>
  import('@/features/sync/Models').then((room) => ({ default: room.Models })),
);
const Runs = lazy(() => import('@/features/sync/Runs').then((room) => ({ default: room.Runs })));
const Waiting = lazy(() =>
  import('@/features/sync/Waiting').then((room) => ({ default: room.Waiting })),
);
const Parity = lazy(() =>
  import('@/features/sync/Parity').then((room) => ({ default: room.Parity })),
);
const Settings = lazy(() => import('./Settings').then((room) => ({ default: room.Settings })));

const route = getRouteApi('/app/connections/$connectionId');

export function ConnectionPage() {
  const { connectionId } = route.useParams();
  const query = useQuery({
    ...connectionQuery(useApi(), connectionId),
    refetchInterval: useRenewal(30_000),
  });
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return <Details connection={query.data} />;
}

function Details({ connection }: { connection: Connection }) {
  const { t } = useTranslation('connection');
  const isAllowed = useMay();
  const navigate = useNavigate({ from: '/connections/$connectionId' });
  const search = route.useSearch();
  const tabs = TABS.filter((tab) => tab === 'settings' || isAllowed('sync:read'));
  const { tab = 'state' } = search;
  const shown = tabs.includes(tab) ? tab : 'settings';
  const go = (part: ConnectionTab, view: Omit<ConnectionView, 'tab'> = {}) => {
    void navigate({ search: compact({ ...view, tab: part === 'state' ? undefined : part }) });
  };
  const { id } = connection;
  const url = connection.settings.url;
  return (
    <>
      <PageHeader
        title={connection.name}
        mark={<ConnectionStatusTag status={connection.status} />}
        subtitle={
          <>
            <code>{connection.connector}</code>{' '}
            {typeof url === 'string' && <code>{url}</code>}{' '}
            {connection.is_primary && <Tag>{t('primary')}</Tag>}{' '}
            {!connection.is_active && <Tag tone="warn">{t('inactive')}</Tag>}
          </>
        }
        back={{ to: '/connections', label: t('title') }}
      />
      <TabLinks
        label={t('parts')}
        value={shown}
        tabs={tabs.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          go(value);
        }}
      >
        <Suspense fallback={<Skeleton lines={8} />}>
          {shown === 'state' && <State connectionId={id} />}
          {shown === 'models' && <Models connectionId={id} />}
          {shown === 'runs' && (
            <Runs
              connectionId={id}
              status={search.status}
              onStatus={(status) => {
                go('runs', status === undefined ? {} : { status });
              }}
            />
          )}
          {shown === 'waiting' && (
            <Waiting
              connectionId={id}
              entity={search.entity}
              onEntity={(entity) => {
                go('waiting', entity === undefined ? {} : { entity });
              }}
            />
          )}
          {shown === 'parity' && (
            <Parity
              connectionId={id}
              connector={connection.connector}
              reportId={search.report}
              entity={search.entity}
              onSearch={(view) => {
                go('parity', view);
              }}
            />
          )}
          {shown === 'settings' && <Settings connection={connection} />}
        </Suspense>
      </TabLinks>
    </>
  );
}

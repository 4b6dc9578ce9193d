/** One tenant: what it is, how it is doing, and what can be done about it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, lazy } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import type { Permission } from '@/session/permissions';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { TabLinks } from '@/ui/TabLinks';
import { Notice } from '@/ui/Notice';

import { RENEW_MS, tenantQuery } from './queries';
import type { Tenant } from './queries';
import { TABS } from './search';
import type { TenantTab } from './search';
import { TenantStatusTag } from './StatusTag';
import { TenantActions } from './TenantActions';
import styles from './TenantPage.module.css';

const route = getRouteApi('/app/tenants/$tenantId');

const PANELS = {
  overview: lazy(() => import('./tabs/Overview')),
  errors: lazy(() => import('./tabs/Errors')),
  requests: lazy(() => import('./tabs/Requests')),
  people: lazy(() => import('./tabs/People')),
  connections: lazy(() => import('./tabs/Connections')),
  audit: lazy(() => import('./tabs/Audit')),
} satisfies Record<TenantTab, unknown>;

const NEEDED: Partial<Record<TenantTab, Permission>> = {
  errors: 'logs:read',
  requests: 'logs:read',
  people: 'users:read',
  connections: 'connections:read',
  audit: 'audit:read',
};

export function TenantPage() {
  const { tenantId } = route.useParams();
  const query = useQuery({ ...tenantQuery(useApi(), tenantId), refetchInterval: useRenewal(RENEW_MS) });
  const liveness = useLiveness(query);
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return (
    <Details
      tenant={query.data}
      freshness={
        <Freshness
          asOf={query.dataUpdatedAt}
          liveness={liveness}
        />
      }
    />
  );
}

function Details({ tenant, freshness }: { tenant: Tenant; freshness: ReactNode }) {
  const { t } = useTranslation('tenants');
  const isAllowed = useMay();
  const navigate = useNavigate({ from: '/tenants/$tenantId' });
  const { tab = 'overview', correlation } = route.useSearch();
  const tabs = TABS.filter((one) => {
    const needed = NEEDED[one];
    return needed === undefined || isAllowed(needed);
  });
  const shown = tabs.includes(tab) ? tab : 'overview';
  const Panel = PANELS[shown];
  return (
    <>
      <PageHeader
        title={tenant.name}
        mark={<TenantStatusTag status={tenant.status} />}
        subtitle={
          <span className={styles.subtitle}>
            <code>{tenant.slug}</code> <bdi>{tenant.plan_name}</bdi> {freshness}
          </span>
        }
        back={{ to: '/tenants', label: t('list.title') }}
        actions={<TenantActions tenant={tenant} />}
      />
      {tenant.status === 'suspended' && (
        <div className={styles.notice}>
          <Notice title={t('details.suspended')}>{tenant.suspension_reason}</Notice>
        </div>
      )}
      {tenant.status === 'deleted' && (
        <div className={styles.notice}>
          <Notice tone="bad" title={t('details.deleted')} />
        </div>
      )}
      <TabLinks
        label={t('details.parts')}
        value={shown}
        tabs={tabs.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          void navigate({ search: value === 'overview' ? {} : { tab: value } });
        }}
      >
        <Suspense fallback={<Skeleton lines={6} />}>
          <Panel tenant={tenant} correlation={correlation} />
        </Suspense>
      </TabLinks>
    </>
  );
}

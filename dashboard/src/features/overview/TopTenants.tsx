import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';

import { useRanking } from '../traffic/ranking';
import { TenantName } from '../traffic/TenantName';
import { topTenantsQuery } from './queries';

/** Who used the platform most in the last 24 hours. */
export function TopTenants() {
  const { t } = useTranslation('overview');
  const query = useQuery({ ...topTenantsQuery(useApi()), refetchInterval: useRenewal(15_000) });
  const tenants = query.data?.items ?? [];
  const columns = useRanking(
    {
      id: 'tenant',
      title: t('top.tenant'),
      cell: ({ tenant_id, name }) => <TenantName id={tenant_id} name={name} />,
      exported: ({ name }) => name,
    },
    tenants,
  );
  return (
    <Section
      flush
      title={t('top.title')}
      aside={
        <Link to="/analytics" search={{ span: '24h' }}>
          {t('top.more')}
        </Link>
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )
      ) : tenants.length === 0 ? (
        <EmptyState title={t('traffic.none')} hint={t('traffic.noneHint')} />
      ) : (
        <Rows
          caption={t('top.title')}
          columns={columns}
          rows={tenants}
          rowKey={(tenant) => tenant.tenant_id}
        />
      )}
    </Section>
  );
}

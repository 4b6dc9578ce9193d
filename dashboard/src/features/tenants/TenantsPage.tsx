/** Every tenant: find, filter, sort, export; the way to create one. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { everyRow, saveCsv, toCsv } from '@/ui/table/csv';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';

import { useTenantColumns } from './columns';
import { RENEW_MS, plansQuery, tenantFilters, tenantsQuery } from './queries';
import { ORDER, STATUSES, TIERS, readTenantSearch } from './search';
import type { TenantSearch } from './search';

const route = getRouteApi('/app/tenants/');

export function TenantsPage() {
  const { t } = useTranslation('tenants');
  const api = useApi();
  const isAllowed = useMay();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/tenants' });
  const columns = useTenantColumns();
  const query = useQuery({ ...tenantsQuery(api, search), refetchInterval: useRenewal(RENEW_MS) });
  const liveness = useLiveness(query);
  const plans = useQuery({ ...plansQuery(api), enabled: isAllowed('plans:read') });
  const mayCreate = isAllowed('tenants:write');

  const show = (wanted: TenantSearch) => {
    void navigate({ search: wanted });
  };
  const { search: text, status, plan, tier, sort } = search;
  const isFiltered = [text, status, plan, tier].some((value) => value !== undefined);

  const create = mayCreate && (
    <ButtonLink look="primary" to="/tenants/new" icon={<PlusOutlined aria-hidden />}>
      {t('list.create')}
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title={t('list.title')} subtitle={t('list.subtitle')} actions={create} />
      <Panel>
        <FilterBar
          text={text}
          textLabel={t('list.find')}
          filters={[
            {
              id: 'status',
              label: t('fields.status'),
              value: status,
              options: STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
            },
            {
              id: 'plan',
              label: t('fields.plan'),
              value: plan,
              options: (plans.data?.items ?? []).map(({ code, name }) => ({
                value: code,
                label: name,
              })),
            },
            {
              id: 'tier',
              label: t('fields.tier'),
              value: tier,
              options: TIERS.map((value) => ({ value, label: t(`tier.${value}`) })),
            },
          ]}
          onChange={(id, value) => {
            show(readTenantSearch({ ...search, page: undefined, [id]: value }));
          }}
          onClear={() => {
            show(compact({ sort, size: search.size }));
          }}
          onExport={async () => {
            const rows = await everyRow((skip, limit) =>
              answer(
                api.GET('/admin/tenants', {
                  params: { query: { ...tenantFilters(search), skip, limit } },
                }),
              ),
            );
            saveCsv('tenants', toCsv(columns, rows));
          }}
          aside={
            <Freshness
              asOf={query.dataUpdatedAt || null}
              liveness={liveness}
            />
          }
        />
        <DataTable
          caption={t('list.title')}
          columns={columns}
          query={query}
          rowKey={(tenant) => tenant.id}
          search={search}
          onSearch={(list) => {
            show(compact({ search: text, status, plan, tier, ...list }));
          }}
          order={ORDER}
          empty={
            isFiltered ? (
              <EmptyState
                title={t('list.noneFound')}
                hint={t('list.noneFoundHint')}
                action={
                  <Link to="/tenants" search={{}}>
                    {t('list.showAll')}
                  </Link>
                }
              />
            ) : (
              <EmptyState title={t('list.none')} hint={t('list.noneHint')} action={create} />
            )
          }
        />
      </Panel>
    </>
  );
}

/** Who changed what and when: all of it for staff, their own tenant's for its administrators. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { TenantChoice } from '@/features/traffic/TenantChoice';
import { useLiveness, useRenewal } from '@/query/live';
import { useMe } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { saveCsv, toCsv } from '@/ui/table/csv';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';

import styles from './audit.module.css';
import { useAuditColumns } from './columns';
import { EntryDialog } from './EntryDialog';
import { auditQuery, everyEntry } from './queries';
import type { Entry } from './queries';
import { PERIODS, TARGETS, readAuditSearch } from './search';
import type { AuditSearch } from './search';

const route = getRouteApi('/app/audit');

export function AuditPage() {
  const { t } = useTranslation('audit');
  const api = useApi();
  const side = useMe().kind === 'staff' ? 'staff' : 'tenant';
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const [opened, setOpened] = useState<Entry | null>(null);
  const query = useInfiniteQuery({
    ...auditQuery(api, side, search),
    refetchInterval: useRenewal(30_000),
  });
  const liveness = useLiveness(query);
  const columns = useAuditColumns(setOpened);
  const show = (wanted: AuditSearch) => {
    void navigate({ search: wanted });
  };
  const { target, period, tenant, actor } = search;
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={side === 'staff' ? t('subtitle') : t('tenantSubtitle')}
      />
      <Panel>
        <FilterBar
          code
          text={search.search}
          textLabel={t('find')}
          filters={[
            {
              id: 'target',
              label: t('target'),
              value: target,
              options: TARGETS.map((value) => ({ value, label: t(`targets.${value}`) })),
            },
            {
              id: 'period',
              label: t('period'),
              value: period,
              options: PERIODS.map((value) => ({ value, label: t(`periods.${value}`) })),
            },
          ]}
          isFiltered={tenant !== undefined || actor !== undefined}
          onChange={(id, value) => {
            show(readAuditSearch({ ...search, [id]: value }));
          }}
          onClear={() => {
            show({});
          }}
          onExport={async () => {
            saveCsv('audit', toCsv(columns, await everyEntry(api, side, search)));
          }}
          aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
        >
          {side === 'staff' && (
            <TenantChoice
              value={tenant}
              onChange={(id) => {
                show(readAuditSearch({ ...search, tenant: id }));
              }}
            />
          )}
        </FilterBar>
        {tenant !== undefined && <p className={styles.only}>{t('onlyTenant')}</p>}
        {actor !== undefined && <p className={styles.only}>{t('onlyActor')}</p>}
        <FeedTable
          caption={t('title')}
          columns={columns}
          query={query}
          rowKey={(entry) => entry.id}
          empty={
            Object.keys(search).length > 0 ? (
              <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
            ) : (
              <EmptyState title={t('none')} hint={t('noneHint')} />
            )
          }
        />
      </Panel>
      {opened !== null && (
        <EntryDialog
          entry={opened}
          side={side}
          onFilter={(wanted) => {
            setOpened(null);
            show(compact({ ...search, ...wanted }));
          }}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </>
  );
}

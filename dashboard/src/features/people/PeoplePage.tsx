/** Everyone with an account, for staff to find. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { roleName } from '@/shell/person';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { everyRow, saveCsv, toCsv } from '@/ui/table/csv';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact, windowOf } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { KINDS, readPeopleSearch } from './search';
import type { PeopleSearch } from './search';

type Person = components['schemas']['UserOut'];

const route = getRouteApi('/app/people');

function filtersOf({ search, kind }: PeopleSearch) {
  return {
    ...(search === undefined ? {} : { search }),
    ...(kind === undefined ? {} : { staff: kind === 'staff' }),
  };
}

function peopleQuery(api: Api, search: PeopleSearch) {
  return queryOptions({
    queryKey: ['people', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/users', {
          signal,
          params: { query: { ...filtersOf(search), ...windowOf(search) } },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['user.*', 'member.*', 'staff.*', 'invitation.accepted'] },
  });
}

export function PeoplePage() {
  const { t } = useTranslation('people');
  const api = useApi();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/people' });
  const columns = usePeopleColumns();
  const query = useQuery({ ...peopleQuery(api, search), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  const show = (wanted: PeopleSearch) => {
    void navigate({ search: wanted });
  };
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Panel>
        <FilterBar
          text={search.search}
          textLabel={t('find')}
          filters={[
            {
              id: 'kind',
              label: t('kind'),
              value: search.kind,
              options: KINDS.map((value) => ({ value, label: t(`kinds.${value}`) })),
            },
          ]}
          onChange={(id, value) => {
            show(readPeopleSearch({ ...search, page: undefined, [id]: value }));
          }}
          onClear={() => {
            show(compact({ size: search.size }));
          }}
          onExport={async () => {
            const rows = await everyRow((skip, limit) =>
              answer(
                api.GET('/admin/users', {
                  params: { query: { ...filtersOf(search), skip, limit } },
                }),
              ),
            );
            saveCsv('people', toCsv(columns, rows));
          }}
          aside={
            <Freshness
              asOf={query.dataUpdatedAt || null}
              liveness={liveness}
            />
          }
        />
        <DataTable
          caption={t('title')}
          columns={columns}
          query={query}
          rowKey={(person) => person.id}
          search={search}
          onSearch={(list) => {
            show(compact({ search: search.search, kind: search.kind, ...list }));
          }}
          empty={<EmptyState title={t('none')} hint={t('noneHint')} />}
        />
      </Panel>
    </>
  );
}

function usePeopleColumns(): readonly Column<Person>[] {
  const { t } = useTranslation('people');
  const { t: inShell } = useTranslation('shell');
  const { count } = useNumbers();
  return useMemo(
    () => [
      {
        id: 'full_name',
        title: t('name'),
        cell: (person) => <bdi>{person.full_name}</bdi>,
        exported: (person) => person.full_name,
      },
      {
        id: 'email',
        title: t('email'),
        cell: (person) => <bdi>{person.email}</bdi>,
        exported: (person) => person.email,
      },
      {
        id: 'role',
        title: t('role'),
        cell: (person) =>
          person.platform_role === null ? null : roleName(inShell, person.platform_role),
        exported: (person) => person.platform_role,
      },
      {
        id: 'tenants',
        title: t('tenants'),
        numeric: true,
        cell: (person) => count(person.tenants),
        exported: (person) => person.tenants,
      },
      {
        id: 'active',
        title: t('state'),
        cell: (person) => (
          <Tag tone={person.is_active ? 'good' : 'neutral'}>
            {person.is_active ? t('active') : t('inactive')}
          </Tag>
        ),
        exported: (person) => (person.is_active ? 'active' : 'inactive'),
      },
      {
        id: 'second_factor',
        title: t('secondFactor'),
        cell: (person) => (person.second_factor ? t('yes') : t('no')),
        exported: (person) => (person.second_factor ? 'yes' : 'no'),
      },
      {
        id: 'last_login_at',
        title: t('lastLogin'),
        cell: (person) =>
          person.last_login_at === null ? t('never') : <TimeText value={person.last_login_at} />,
        exported: (person) => person.last_login_at,
      },
    ],
    [t, inShell, count],
  );
}

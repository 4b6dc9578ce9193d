/** What the tenant pages read. Keys begin with `tenants`, so a change can renew all of it. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';
import { windowOf } from '@/ui/table/listSearch';

import type { TenantSearch } from './search';

export type Tenant = components['schemas']['StaffTenantOut'];
export type Plan = components['schemas']['Page_PlanOut_']['items'][number];

/** How often lists renew themselves while they are looked at, in milliseconds. */
export const RENEW_MS = 15_000;

/** Filters of the list as the API takes them, without the page. */
export function tenantFilters({ search, status, plan, tier, sort }: TenantSearch) {
  return {
    ...(search === undefined ? {} : { search }),
    ...(status === undefined ? {} : { status }),
    ...(plan === undefined ? {} : { plan }),
    ...(tier === undefined ? {} : { tier }),
    ...(sort === undefined ? {} : { sort }),
  };
}

export function tenantsQuery(api: Api, search: TenantSearch) {
  return queryOptions({
    queryKey: ['tenants', 'list', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants', {
          signal,
          params: { query: { ...tenantFilters(search), ...windowOf(search) } },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['tenant.*', 'connection.*', 'plan.*'] },
  });
}

export function tenantQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'one', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants/{tenant_id}', {
          signal,
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    meta: { news: ['tenant.*', 'connection.*', 'member.*', 'plan.*', 'usage.*'] },
  });
}

export function plansQuery(api: Api) {
  return queryOptions({
    queryKey: ['plans'],
    queryFn: ({ signal }) => answer(api.GET('/admin/plans', { signal })),
    staleTime: 60_000,
    meta: { news: ['plan.*'] },
  });
}

export function tenantFiguresQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'figures', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/tenants/{tenant_id}', {
          signal,
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    meta: { news: ['usage.*'] },
  });
}

/** What of the tenant's limits is used now. */
export function tenantUseQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'use', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants/{tenant_id}/usage', {
          signal,
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    meta: { news: ['usage.*', 'tenant.*', 'plan.*'] },
  });
}

export function tenantDaysQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'days', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/tenants/{tenant_id}/daily', {
          signal,
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    meta: { news: ['usage.*'] },
  });
}

const FEED = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? null,
};
const EACH = 50;

export function tenantErrorsQuery(api: Api, tenantId: string) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['tenants', 'errors', tenantId],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/logs/errors', {
          signal,
          params: { query: { tenant_id: tenantId, limit: EACH, cursor: pageParam } },
        }),
      ),
  });
}

export function tenantRequestsQuery(api: Api, tenantId: string, correlation?: string) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['tenants', 'requests', tenantId, correlation ?? null],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/logs/usage', {
          signal,
          params: {
            query: {
              tenant_id: tenantId,
              limit: EACH,
              cursor: pageParam,
              ...(correlation === undefined ? {} : { correlation_id: correlation }),
            },
          },
        }),
      ),
  });
}

export function tenantPeopleQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'people', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/users', { signal, params: { query: { tenant_id: tenantId, limit: 1000 } } }),
      ),
  });
}

export function tenantConnectionsQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'connections', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/integrations', {
          signal,
          params: { query: { tenant_id: tenantId, limit: 1000 } },
        }),
      ),
  });
}

/** How old the tenant's copies are, and what is wrong with them. */
export function tenantSyncQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'sync', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants/{tenant_id}/sync', {
          signal,
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    meta: { news: ['sync.*', 'connection.*'] },
  });
}

export function tenantRunsQuery(api: Api, tenantId: string) {
  return queryOptions({
    queryKey: ['tenants', 'runs', tenantId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants/{tenant_id}/sync/logs', {
          signal,
          params: { path: { tenant_id: tenantId }, query: { limit: 20 } },
        }),
      ),
    meta: { news: ['sync.*'] },
  });
}

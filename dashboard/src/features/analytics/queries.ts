/** What the analytics read: the same period and subject, seen from several sides. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';

import { boundsBefore, boundsOf } from '../traffic/period';
import type { Bounds } from '../traffic/period';
import { USUAL, withoutCompare } from './search';
import type { AnalyticsSearch } from './search';

const TOP = 10;
// figures of long periods are not small: they are read again now and then, not at each request
const RENEWED = { placeholderData: keepPreviousData, refetchInterval: 15_000 } as const;

function boundsNow(search: AnalyticsSearch): Bounds {
  return boundsOf(search, USUAL, Date.now());
}

function subjectOf({ tenant, method, route, model }: AnalyticsSearch) {
  return {
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(method === undefined ? {} : { method }),
    ...(route === undefined ? {} : { route }),
    ...(model === undefined ? {} : { model }),
  };
}

export function requestsQuery(api: Api, search: AnalyticsSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'requests', withoutCompare(search)],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/requests', {
          signal,
          params: { query: { ...boundsNow(search), ...subjectOf(search) } },
        }),
      ),
  });
}

/** The bars of the period before, each the counterpart of one in this period. */
export function requestsBeforeQuery(api: Api, search: AnalyticsSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'requests-before', withoutCompare(search)],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/requests', {
          signal,
          params: { query: { ...boundsBefore(boundsNow(search)), ...subjectOf(search) } },
        }),
      ),
  });
}

export function statusQuery(api: Api, search: AnalyticsSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'status', withoutCompare(search)],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/status-distribution', {
          signal,
          params: { query: { ...boundsNow(search), ...subjectOf(search) } },
        }),
      ),
  });
}

export function responseTimesQuery(api: Api, search: AnalyticsSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'response-times', withoutCompare(search)],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/response-times', {
          signal,
          params: { query: { ...boundsNow(search), ...subjectOf(search) } },
        }),
      ),
  });
}

/** All tenants of the period: the API does not narrow this one down. */
export function topTenantsQuery(api: Api, search: AnalyticsSearch, limit = TOP) {
  const { span, from, to } = search;
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'tenants', { span, from, to }, limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/top-tenants', {
          signal,
          params: { query: { ...boundsNow(search), limit } },
        }),
      ),
  });
}

export function topEndpointsQuery(api: Api, search: AnalyticsSearch, limit = TOP) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'endpoints', withoutCompare(search), limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/top-endpoints', {
          signal,
          params: { query: { ...boundsNow(search), ...subjectOf(search), limit } },
        }),
      ),
  });
}

export function topModelsQuery(api: Api, search: AnalyticsSearch, limit = TOP) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['analytics', 'models', withoutCompare(search), limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/top-models', {
          signal,
          params: { query: { ...boundsNow(search), ...subjectOf(search), limit } },
        }),
      ),
  });
}

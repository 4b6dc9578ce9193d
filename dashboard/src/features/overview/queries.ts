/** What the overview reads. */
import { queryOptions } from '@tanstack/react-query';

import { answer, dispatch } from '@/api/client';
import type { Api } from '@/api/client';
import { readProblem } from '@/api/problem';
import type { components } from '@/api/schema.gen';
import type { LanguageCode } from '@/i18n/languages';

import { boundsOf } from '../traffic/period';

export type Platform = components['schemas']['PlatformOut'];
type Overview = components['schemas']['OverviewOut'];
type Health = components['schemas']['Health'];

const TRAFFIC = { news: ['usage.*'] };

/** The figures; with what the platform's parts are using for those who may see that. */
export function overviewQuery(api: Api, isWhole: boolean) {
  return queryOptions({
    queryKey: ['overview', 'figures', isWhole],
    queryFn: ({ signal }): Promise<Overview & Partial<Platform>> =>
      isWhole
        ? answer(api.GET('/admin/metrics/platform', { signal }))
        : answer(api.GET('/admin/analytics/overview', { signal })),
    meta: { news: ['usage.*', 'tenant.*'] },
  });
}

/** Alerts that fire now, newest first, in the words of `language`. */
export function firingAlertsQuery(api: Api, language: LanguageCode) {
  return queryOptions({
    queryKey: ['overview', 'alerts', language],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/alerts', {
          signal,
          params: { query: { status: 'firing', limit: 50 } },
          headers: { 'Accept-Language': language },
        }),
      ),
    meta: { news: ['alert.*', 'alert_rule.*'] },
  });
}

export function lastDayQuery(api: Api) {
  return queryOptions({
    queryKey: ['overview', 'requests'],
    queryFn: ({ signal }) =>
      answer(api.GET('/admin/analytics/requests', { signal, params: { query: lastDay() } })),
    meta: TRAFFIC,
  });
}

export function topTenantsQuery(api: Api) {
  return queryOptions({
    queryKey: ['overview', 'tenants'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/analytics/top-tenants', {
          signal,
          params: { query: { ...lastDay(), limit: 5 } },
        }),
      ),
    meta: TRAFFIC,
  });
}

export function errorSummaryQuery(api: Api) {
  return queryOptions({
    queryKey: ['overview', 'errors'],
    queryFn: ({ signal }) =>
      answer(api.GET('/admin/logs/errors/summary', { signal, params: { query: lastDay() } })),
    meta: TRAFFIC,
  });
}

/** Connections in `status`, the first few, and how many there are. */
export function troubledConnectionsQuery(api: Api, status: 'failing' | 'reauthorise') {
  return queryOptions({
    queryKey: ['overview', 'connections', status],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/integrations', { signal, params: { query: { status, limit: 3 } } }),
      ),
    meta: { news: ['connection.*'] },
  });
}

/** Every part at once. A platform that fails says so with 503 and the same body. */
export function healthQuery() {
  return queryOptions({
    queryKey: ['overview', 'health'],
    queryFn: async ({ signal }): Promise<Health> => {
      const address = new URL('/health/detailed', window.location.origin);
      const response = await dispatch(new Request(address, { signal }), null);
      if (!response.ok && response.status !== 503) {
        throw await readProblem(response);
      }
      return (await response.json()) as Health;
    },
    meta: { news: [] },
  });
}

function lastDay(): { from: string } {
  return { from: boundsOf({}, '24h', Date.now()).from };
}

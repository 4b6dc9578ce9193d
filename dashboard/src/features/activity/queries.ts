/** What the tenant's own usage pages read. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';

import { errorFilters, requestFilters } from './search';
import type { ActivitySearch } from './search';

export type ErrorGroup = components['schemas']['ErrorGroupOut'];
export type UsageLine = components['schemas']['UsageLineOut'];
export type Use = components['schemas']['UseOut'];

const FEED = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? null,
  meta: { news: ['usage.recorded'] },
};
const EACH = 50;

export function errorsQuery(api: Api, search: ActivitySearch) {
  const filters = errorFilters(search);
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['usage', 'errors', filters],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/logs/errors', {
          signal,
          params: { query: { ...filters, limit: EACH, cursor: pageParam } },
        }),
      ),
  });
}

export function requestsQuery(api: Api, search: ActivitySearch) {
  const filters = requestFilters(search);
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['usage', 'requests', filters],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/logs/usage', {
          signal,
          params: { query: { ...filters, limit: EACH, cursor: pageParam } },
        }),
      ),
  });
}

/** The errors seen last that nobody has resolved. */
export function recentErrorsQuery(api: Api) {
  return queryOptions({
    queryKey: ['usage', 'recent-errors'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/logs/errors', {
          signal,
          params: { query: { unresolved_only: true, limit: 5 } },
        }),
      ),
    meta: { news: ['usage.recorded'] },
  });
}

/** What is used of the plan, now. */
export function useOfPlanQuery(api: Api) {
  return queryOptions({
    queryKey: ['usage', 'limits'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/usage', { signal })),
    meta: { news: ['usage.recorded', 'tenant.*', 'member.*'] },
  });
}

/** Figures of each of the last `days` days, days of UTC. */
export function daysQuery(api: Api, days: number) {
  return queryOptions({
    queryKey: ['usage', 'days', days],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/usage/daily', { signal, params: { query: { days } } })),
    meta: { news: ['usage.recorded'] },
  });
}

/** What the logs read. Feeds renew themselves until somebody reads further back. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useQueryClient,
} from '@tanstack/react-query';
import type { InfiniteData } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';

import { boundsOf } from '../traffic/period';
import { ERRORS_USUAL, USAGE_USUAL } from './search';
import type { ErrorSearch, UsageSearch } from './search';

type UsagePage = components['schemas']['UsagePage'];
export type UsageLine = components['schemas']['UsageLineOut'];
export type ErrorGroup = components['schemas']['ErrorGroupOut'];
export type ErrorDetail = components['schemas']['ErrorDetailOut'];

const EACH = 50;
const FEED = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? null,
  placeholderData: keepPreviousData,
};
const FOLLOWING = { news: ['usage.*'] };
const READING = { news: [] };

/** Filters as the API takes them. */
export function usageFilters(search: UsageSearch) {
  const { tenant, method, answer: answered, slower, route, model, staff } = search;
  const correlation = search.search;
  const whole = answered?.endsWith('xx') === true;
  return {
    ...periodOf(search, USAGE_USUAL),
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(method === undefined ? {} : { method }),
    ...(answered === undefined
      ? {}
      : whole
        ? { status_class: Number(answered[0]) }
        : { status: Number(answered) }),
    ...(slower === undefined ? {} : { min_duration: Number(slower) }),
    ...(route === undefined ? {} : { route }),
    ...(model === undefined ? {} : { model }),
    ...(correlation === undefined ? {} : { correlation_id: correlation }),
    // somebody looking at this page makes requests too: they would fill it
    ...(staff === true || correlation !== undefined ? {} : { tenants_only: true }),
  };
}

export function usageQuery(api: Api, search: UsageSearch) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['logs', 'usage', search],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/logs/usage', {
          signal,
          params: { query: { ...usageFilters(search), limit: EACH, cursor: pageParam } },
        }),
      ),
  });
}

/** The first page of a request's lines. A long log is searched in stretches, which may be empty. */
export async function requestLines(
  api: Api,
  correlationId: string,
  limit: number,
  signal: AbortSignal,
) {
  let cursor: string | null = null;
  for (;;) {
    const query = { correlation_id: correlationId, limit, cursor };
    const page: UsagePage = await answer(
      api.GET('/admin/logs/usage', { signal, params: { query } }),
    );
    cursor = page.next_cursor ?? null;
    if (page.items.length > 0 || cursor === null) {
      return page;
    }
  }
}

/** Everything recorded under one correlation id: a request, or the parts of a batch. */
export function requestQuery(api: Api, correlationId: string) {
  return queryOptions({
    queryKey: ['logs', 'request', correlationId],
    queryFn: ({ signal }) => requestLines(api, correlationId, 100, signal),
    // requests are written down about a second after they were answered
    refetchInterval: ({ state }) => (state.data?.items.length === 0 ? 2_000 : false),
  });
}

export function errorFilters({ state, severity, code, tenant, search, ...period }: ErrorSearch) {
  return {
    ...periodOf(period, ERRORS_USUAL),
    ...(state === 'all' ? {} : { unresolved_only: true }),
    ...(severity === undefined ? {} : { severity }),
    ...(code === undefined ? {} : { code }),
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(search === undefined ? {} : { search }),
  };
}

export function errorsQuery(api: Api, search: ErrorSearch) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['logs', 'errors', search],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/logs/errors', {
          signal,
          params: { query: { ...errorFilters(search), limit: EACH, cursor: pageParam } },
        }),
      ),
  });
}

/** How many errors there were of each code and severity in the period, and how many are open. */
export function errorSummaryQuery(api: Api, search: ErrorSearch) {
  const { tenant, span, from, to } = search;
  return queryOptions({
    queryKey: ['logs', 'error-summary', { tenant, span, from, to }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/logs/errors/summary', {
          signal,
          params: {
            query: {
              ...boundsOf(search, ERRORS_USUAL, Date.now()),
              ...(tenant === undefined ? {} : { tenant_id: tenant }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: FOLLOWING,
  });
}

export function errorQuery(api: Api, errorId: string) {
  return queryOptions({
    queryKey: ['logs', 'error', errorId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/logs/errors/{error_id}', {
          signal,
          params: { path: { error_id: errorId } },
        }),
      ),
    meta: FOLLOWING,
  });
}

/** Who a person is; for those who may see people. */
export function personQuery(api: Api, userId: string) {
  return queryOptions({
    queryKey: ['people', 'one', userId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/users/{user_id}', { signal, params: { path: { user_id: userId } } }),
      ),
    staleTime: 300_000,
    retry: false,
  });
}

/**
 * Whether the feed under `queryKey` follows what happens. Once older pages were asked for it
 * stands still, so that what somebody reads does not move away.
 */
export function useFollowing(queryKey: readonly unknown[]) {
  const pages = useQueryClient().getQueryData<InfiniteData<unknown>>(queryKey)?.pages.length ?? 0;
  const isFollowing = pages <= 1;
  return { isFollowing, meta: isFollowing ? FOLLOWING : READING };
}

// the log goes on while it is read: only a period that was chosen has an end
function periodOf(search: UsageSearch | ErrorSearch, usual: typeof USAGE_USUAL) {
  const { from, to } = boundsOf(search, usual, Date.now());
  return search.to === undefined ? { from } : { from, to };
}

/**
 * What the jobs pages read. News come of jobs that fail or are dealt with; nothing tells of those
 * that merely run, so these are asked for again.
 */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';

import type { JobsSearch } from './search';

export type Job = components['schemas']['JobOut'];
export type PeriodicJob = components['schemas']['PeriodicJobOut'];

const EACH = 50;
export const RENEW_MS = 5_000;
const JOBS = { news: ['job.*'] };

export function jobCountsQuery(api: Api) {
  return queryOptions({
    queryKey: ['jobs', 'counts'],
    queryFn: ({ signal }) => answer(api.GET('/admin/jobs/counts', { signal })),
    meta: JOBS,
  });
}

export function jobsQuery(api: Api, { status, search }: JobsSearch) {
  return infiniteQueryOptions({
    queryKey: ['jobs', 'list', { status, search }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/jobs', {
          signal,
          params: {
            query: {
              limit: EACH,
              cursor: pageParam,
              ...(status === undefined ? {} : { status }),
              ...(search === undefined ? {} : { name: search }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    meta: JOBS,
  });
}

export function periodicQuery(api: Api) {
  return queryOptions({
    queryKey: ['jobs', 'periodic'],
    queryFn: ({ signal }) => answer(api.GET('/admin/jobs/periodic', { signal })),
    refetchInterval: 30_000,
  });
}

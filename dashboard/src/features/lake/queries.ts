/** What the lake's pages read. Keys begin with `lake`. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';

import type { RecordsSearch } from './search';

type Schemas = components['schemas'];
export type LakeEntity = Schemas['EntityOut'];
export type LakeRecord = Schemas['RecordOut'];
export type LakeRecordDetail = Schemas['RecordDetailOut'];

const EACH = 50;
const LAKE = { news: ['lake.*', 'connection.*'] };

export function entitiesQuery(api: Api) {
  return queryOptions({
    queryKey: ['lake', 'entities'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/lake/entities', { signal })),
    meta: LAKE,
  });
}

export function recordsQuery(api: Api, entity: string, search: RecordsSearch) {
  const { connection, filter, archived, deleted, sort } = search;
  return infiniteQueryOptions({
    queryKey: ['lake', 'records', entity, { connection, filter, archived, deleted, sort }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/lake/records', {
          signal,
          params: {
            query: {
              entity,
              limit: EACH,
              cursor: pageParam,
              ...(connection === undefined ? {} : { connection_id: connection }),
              ...(filter === undefined ? {} : { filter: [...filter] }),
              ...(archived === undefined ? {} : { archived }),
              ...(deleted === undefined ? {} : { deleted }),
              ...(sort === undefined ? {} : { sort }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    retry: false,
    meta: LAKE,
  });
}

export function lakeRecordQuery(api: Api, entity: string, key: string, connection?: string) {
  return queryOptions({
    queryKey: ['lake', 'record', entity, key, connection ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/lake/records/{entity}/{key}', {
          signal,
          params: {
            path: { entity, key },
            query: connection === undefined ? {} : { connection_id: connection },
          },
        }),
      ),
    meta: LAKE,
  });
}

/** The newest changes are at the end of the feed: this reads its last versions, then older ones. */
export function changesQuery(api: Api, latest: number, entity: string | undefined) {
  // those of one entity lie further apart
  const window = entity === undefined ? EACH : 10 * EACH;
  return infiniteQueryOptions({
    queryKey: ['lake', 'changes', latest, entity ?? null],
    queryFn: async ({ signal, pageParam }) => {
      const { items } = await answer(
        api.GET('/api/v1/lake/changes', {
          signal,
          params: {
            query: {
              after: Math.max(0, pageParam - window),
              limit: window,
              ...(entity === undefined ? {} : { entity: [entity] }),
            },
          },
        }),
      );
      return {
        // of one entity the feed goes on past the window
        items: items.filter(({ version }) => version <= pageParam).reverse(),
        next: pageParam > window ? pageParam - window : null,
      };
    },
    initialPageParam: latest,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
}

/** How far the feed of changes goes. */
export function latestVersionQuery(api: Api) {
  return queryOptions({
    queryKey: ['lake', 'latest'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/lake/changes', {
          signal,
          params: { query: { after: 0, limit: 1 } },
        }),
      ),
    meta: LAKE,
  });
}

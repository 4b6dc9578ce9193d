/** What the pages about one connection's synchronisation read. Keys begin with `sync`. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';
import { compact } from '@/ui/table/listSearch';

type Schemas = components['schemas'];
export type Standing = Schemas['ConnectionSyncOut'];
export type Plan = Schemas['SyncPlanOut'];
export type PlannedEntity = Schemas['PlannedEntityOut'];
export type FoundEntity = Schemas['FoundEntity'];
export type FoundField = Schemas['FoundField'];
export type Run = Schemas['RunOut'];
export type SetAside = Schemas['SetAsideOut'];
export type Report = Schemas['ParityReportOut'];
export type Difference = Schemas['DifferenceOut'];

const EACH = 50;
/** Of what stands on a page beside something else. */
const FEW = 20;
const FEED = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? null,
  placeholderData: keepPreviousData,
};
/** Where a page of a feed begins, and how long it is. */
const after = (cursor: string | null, limit = EACH) => ({ cursor, limit });
const SYNC = { news: ['sync.*', 'connection.*'] };

/** How often a run under way is looked at, and how often the rest, in milliseconds. */
export const RUNNING_MS = 1_500;
export const RESTING_MS = 10_000;

/** What a run did to one entity, as `stats` of a run tell it. */
export interface EntityStats {
  read: number;
  expected?: number;
  inserted: number;
  updated: number;
  restored: number;
  removed: number;
  unchanged: number;
  set_aside: number;
  pages: number;
  /** Of the source's time. */
  seconds: number;
  state: string;
  error?: string;
  what_to_do?: string;
}

/** What a parity report says of one entity. */
export interface EntityReport {
  source_records?: number;
  lake_records?: number;
  bands?: number;
  bands_different?: number;
  spans?: readonly Band[];
  keys_compared?: number;
  content_compared?: number;
  missing?: number;
  extra?: number;
  different?: number;
  in_flight?: number;
  /** Records that can't be had or have no room, and so are not in the copy. */
  set_aside?: number;
  seconds?: number;
  error?: string;
  what_to_do?: string;
}

/** Records made in one month, in the source and in the lake. `start` null: without a time. */
export interface Band {
  start: string | null;
  source: number;
  lake: number;
  equal: boolean;
}

export function statsOf(run: Run): [string, EntityStats][] {
  return Object.entries(run.stats as Record<string, EntityStats>);
}

export function entitiesOf(report: Report): [string, EntityReport][] {
  return Object.entries(report.entities as Record<string, EntityReport>);
}

export function isUnderWay(run: Pick<Run, 'status'>): boolean {
  return run.status === 'queued' || run.status === 'running';
}

export function standingsQuery(api: Api) {
  return queryOptions({
    queryKey: ['sync', 'standings'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/integrations/background-sync/status', { signal })),
    meta: SYNC,
  });
}

export function standingQuery(api: Api, connection: string) {
  return queryOptions({
    queryKey: ['sync', 'standing', connection],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/integrations/{connection}/sync', {
          signal,
          params: { path: { connection } },
        }),
      ),
    meta: SYNC,
  });
}

export function planQuery(api: Api, connection: string) {
  return queryOptions({
    queryKey: ['sync', 'plan', connection],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/integrations/{connection}/sync/plan', {
          signal,
          params: { path: { connection } },
        }),
      ),
    meta: { news: ['sync.*', 'connection.*', 'lake.*'] },
  });
}

/** What the source has. With `entity`, that one alone and its fields. */
export function discoveryQuery(api: Api, connection: string, entity?: string) {
  return queryOptions({
    queryKey: ['sync', 'discovery', connection, entity ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/integrations/{connection}/sync/discover', {
          signal,
          params: {
            path: { connection },
            query: entity === undefined ? {} : { entity: [entity] },
          },
        }),
      ),
    staleTime: 300_000,
    retry: false,
  });
}

export function runsQuery(api: Api, connection: string, status?: Run['status']) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['sync', 'runs', connection, status ?? null],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/integrations/sync/logs', {
          signal,
          params: {
            query: { connection_id: connection, ...compact({ status }), ...after(pageParam) },
          },
        }),
      ),
    meta: SYNC,
  });
}

export function runQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: ['sync', 'run', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/integrations/sync/{sync_id}', {
          signal,
          params: { path: { sync_id: id } },
        }),
      ),
    meta: SYNC,
  });
}

export function setAsidesQuery(api: Api, connection: string, entity?: string) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['sync', 'set-asides', connection, entity ?? null],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/integrations/sync/set-asides', {
          signal,
          params: {
            query: { connection_id: connection, ...compact({ entity }), ...after(pageParam) },
          },
        }),
      ),
    meta: SYNC,
  });
}

export function reportsQuery(api: Api, connection: string) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['sync', 'reports', connection],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/integrations/{connection}/sync/parity', {
          signal,
          params: { path: { connection }, query: after(pageParam, FEW) },
        }),
      ),
    meta: SYNC,
  });
}

export function differencesQuery(api: Api, report: string, entity?: string) {
  return infiniteQueryOptions({
    ...FEED,
    queryKey: ['sync', 'differences', report, entity ?? null],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/lake/parity/{report_id}/differences', {
          signal,
          params: {
            path: { report_id: report },
            query: { ...compact({ entity }), ...after(pageParam, FEW) },
          },
        }),
      ),
    meta: SYNC,
  });
}

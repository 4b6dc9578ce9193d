import { infiniteQueryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Side } from '@/session/store';

import { auditFilters } from './search';
import type { AuditSearch } from './search';

export type Entry = components['schemas']['AuditEntryOut'];

const EACH = 50;

/** One page of the trail: of the platform for staff, of their own tenant for others. */
export function loadAudit(
  api: Api,
  side: Side,
  search: AuditSearch,
  page: { cursor: string | null; limit: number },
  signal?: AbortSignal,
) {
  const init = {
    params: { query: { ...auditFilters(search, Date.now()), ...page } },
    ...(signal === undefined ? {} : { signal }),
  };
  return answer(side === 'staff' ? api.GET('/admin/audit', init) : api.GET('/api/v1/audit', init));
}

export function auditQuery(api: Api, side: Side, search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['audit', side, search],
    queryFn: ({ signal, pageParam }) =>
      loadAudit(api, side, search, { cursor: pageParam, limit: EACH }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    // every change is written down, whatever it was
    meta: { news: ['tenant.*', 'member.*', 'user.*', 'session.*', 'api_key.*', 'connection.*'] },
  });
}

/** Every entry that fits, newest first. */
export async function everyEntry(api: Api, side: Side, search: AuditSearch): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof loadAudit>> = await loadAudit(api, side, search, {
      cursor,
      limit: 500,
    });
    entries.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return entries;
}

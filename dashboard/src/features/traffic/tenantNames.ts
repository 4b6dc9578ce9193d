/** The names of tenants, which logs hold only by id. */
import { queryOptions, useQuery } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { everyRow } from '@/ui/table/csv';

export function tenantNamesQuery(api: Api) {
  return queryOptions({
    queryKey: ['tenants', 'names'],
    queryFn: async ({ signal }) => {
      const tenants = await everyRow((skip, limit) =>
        answer(
          api.GET('/admin/tenants', { signal, params: { query: { skip, limit, sort: 'name' } } }),
        ),
      );
      return new Map(tenants.map(({ id, name }) => [id, name]));
    },
    staleTime: 300_000,
    meta: { news: ['tenant.*'] },
  });
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Names by id; empty while they are loaded, and for people who may not see tenants. */
export function useTenantNames(): ReadonlyMap<string, string> {
  const isAllowed = useMay()('tenants:read');
  return useQuery({ ...tenantNamesQuery(useApi()), enabled: isAllowed }).data ?? NONE;
}

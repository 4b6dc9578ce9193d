import { queryOptions } from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';

/** The database, Redis and storage, as they are now. */
export function partsQuery(api: Api) {
  return queryOptions({
    queryKey: ['platform', 'parts'],
    queryFn: ({ signal }) => answer(api.GET('/admin/metrics/platform', { signal })),
  });
}

/** Background work that starts by itself. */
export function periodicQuery(api: Api) {
  return queryOptions({
    queryKey: ['platform', 'periodic'],
    queryFn: ({ signal }) => answer(api.GET('/admin/jobs/periodic', { signal })),
  });
}

/** What the platform is set to, by environment variable. It changes with a restart alone. */
export function settingsQuery(api: Api) {
  return queryOptions({
    queryKey: ['platform', 'settings'],
    queryFn: ({ signal }) => answer(api.GET('/admin/settings', { signal })),
    staleTime: 60_000,
  });
}

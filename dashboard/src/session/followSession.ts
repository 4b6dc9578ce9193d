/** What has to happen in the app when the session changes, in this tab or in another. */
import type { QueryClient } from '@tanstack/react-query';

import type { AppRouter } from '@/routes/router';

import type { SessionControl } from './session';

export function followSession(
  session: SessionControl,
  queryClient: QueryClient,
  router: AppRouter,
): void {
  session.store.subscribe((now, before) => {
    if (now.identity === before.identity) {
      return;
    }
    // nothing one person was shown may be left for the next
    if (now.identity !== null) {
      queryClient.clear();
      void router.invalidate();
      return;
    }
    // first away from the page: what it still shows would be asked for again, by nobody
    void router.invalidate({ sync: true }).finally(() => {
      if (session.store.getState().identity === null) {
        queryClient.clear();
      }
    });
  });
}

/** What can be done about a connection's synchronisation. */
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

function useRenewSync(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () =>
    queryClient.invalidateQueries({
      predicate: ({ queryKey: [first, second] }) => first === 'sync' && second !== 'discovery',
    });
}

const at = (connection: string) => ({ path: { connection } });

export function useStart(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['RunIn']) =>
      answer(
        api.POST('/api/v1/integrations/{connection}/sync/trigger', {
          params: at(connection),
          body,
        }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useCancel() {
  const api = useApi();
  return useMutation({
    mutationFn: (run: string) =>
      answer(
        api.POST('/api/v1/integrations/sync/{sync_id}/cancel', {
          params: { path: { sync_id: run } },
        }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useChangePlan(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['SyncPlanChange']) =>
      answer(
        api.PUT('/api/v1/integrations/{connection}/sync/plan', { params: at(connection), body }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useDecide(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['DecisionIn']) =>
      answer(
        api.POST('/api/v1/integrations/{connection}/sync/deletes', {
          params: at(connection),
          body,
        }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useRetry(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['SetAsideRetryIn']) =>
      answer(
        api.POST('/api/v1/integrations/{connection}/sync/set-asides/retry', {
          params: at(connection),
          body,
        }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useCompare(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['ParityIn']) =>
      answer(
        api.POST('/api/v1/integrations/{connection}/sync/parity', {
          params: at(connection),
          body,
        }),
      ),
    onSettled: useRenewSync(),
  });
}

export function useRepair(connection: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['RepairIn']) =>
      answer(
        api.POST('/api/v1/integrations/{connection}/sync/repair', {
          params: at(connection),
          body,
        }),
      ),
    onSettled: useRenewSync(),
  });
}

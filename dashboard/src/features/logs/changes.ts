/** Settling errors. Whatever changes renews every list an error is in. */
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';

function useRenewErrors(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      ['logs', 'overview', 'tenants'].map((part) =>
        queryClient.invalidateQueries({ queryKey: [part] }),
      ),
    );
}

export function useResolveError(errorId: string) {
  const api = useApi();
  const renew = useRenewErrors();
  return useMutation({
    mutationFn: (notes: string) =>
      answer(
        api.POST('/admin/logs/errors/{error_id}/resolve', {
          params: { path: { error_id: errorId } },
          body: { resolution_notes: notes },
        }),
      ),
    onSuccess: renew,
  });
}

export function useReopenError(errorId: string) {
  const api = useApi();
  const renew = useRenewErrors();
  return useMutation({
    mutationFn: (reason: string) =>
      answer(
        api.POST('/admin/logs/errors/{error_id}/reopen', {
          params: { path: { error_id: errorId } },
          body: { reason },
        }),
      ),
    onSuccess: renew,
  });
}

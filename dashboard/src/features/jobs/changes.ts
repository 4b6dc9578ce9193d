/** Trying jobs again and giving them up. */
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';

export type JobMove = 'retry' | 'cancel';

export function useMoveJob(jobId: number, move: JobMove) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const init = { params: { path: { job_id: jobId } } };
      return answer(
        move === 'retry'
          ? api.POST('/admin/jobs/{job_id}/retry', init)
          : api.POST('/admin/jobs/{job_id}/cancel', init),
      );
    },
    // also when it failed: the job has mostly moved on by itself then
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['jobs'] }),
  });
}

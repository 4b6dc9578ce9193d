import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components, operations } from '@/api/schema.gen';

export type Plan = components['schemas']['Page_PlanOut_']['items'][number];
export type PlanIn = components['schemas']['PlanIn'];
export type PlanChange =
  operations['change_plan_admin_plans__plan_id__put']['requestBody']['content']['application/json'];

/** Every plan, in the order they are offered; the same that forms of tenants choose from. */
export function plansQuery(api: Api) {
  return queryOptions({
    queryKey: ['plans'],
    queryFn: ({ signal }) => answer(api.GET('/admin/plans', { signal })),
    staleTime: 60_000,
    meta: { news: ['plan.*', 'tenant.*'] },
  });
}

export function planQuery(api: Api, planId: string) {
  return queryOptions({
    queryKey: ['plans', 'one', planId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/plans/{plan_id}', { signal, params: { path: { plan_id: planId } } }),
      ),
  });
}

export function useCreatePlan() {
  const api = useApi();
  const queryClient = useQueryClient();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: PlanIn) =>
      answer(api.POST('/admin/plans', { body, headers: { 'Idempotency-Key': keyOf(body) } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['plans'] }),
  });
}

/** Change a plan; the tenants on it follow at once, so what is shown of them is old too. */
export function useChangePlan(planId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: PlanChange) =>
      answer(api.PUT('/admin/plans/{plan_id}', { params: { path: { plan_id: planId } }, body })),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['plans'] }),
        queryClient.invalidateQueries({ queryKey: ['tenants'] }),
      ]),
  });
}

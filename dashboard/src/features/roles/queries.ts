import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';

export type Role = components['schemas']['RoleOut'];
export type RoleIn = components['schemas']['RoleIn'];
export type RoleChange = components['schemas']['RoleChange'];
export type Permission = components['schemas']['PermissionOut'];

export function rolesQuery(api: Api) {
  return queryOptions({
    queryKey: ['roles'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/roles', { signal })),
    staleTime: 30_000,
  });
}

/** Every permission a role or key of a tenant can hold. */
export function permissionsQuery(api: Api) {
  return queryOptions({
    queryKey: ['permissions'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/roles/permissions', { signal })),
    staleTime: Infinity,
  });
}

/** Who has a role follows it at once: what one may do oneself, too. */
function useRenewRoles(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['roles'] }),
      queryClient.invalidateQueries({ queryKey: ['me'] }),
    ]);
  };
}

export function useCreateRole() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: RoleIn) =>
      answer(api.POST('/api/v1/roles', { body, headers: { 'Idempotency-Key': keyOf(body) } })),
    onSuccess: useRenewRoles(),
  });
}

export function useChangeRole() {
  const api = useApi();
  return useMutation({
    mutationFn: ({ code, body }: { code: string; body: RoleChange }) =>
      answer(api.PATCH('/api/v1/roles/{code}', { params: { path: { code } }, body })),
    onSuccess: useRenewRoles(),
  });
}

export function useRemoveRole(code: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/roles/{code}', { params: { path: { code } } })),
    onSuccess: useRenewRoles(),
  });
}

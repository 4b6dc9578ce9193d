/** Changing tenants. Whatever changes renews everything the tenant pages show. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';

export type TenantIn = components['schemas']['TenantIn'];
export type TenantChange = components['schemas']['TenantChange'];

function useRenewTenants(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['tenants'] });
}

export function useCreateTenant() {
  const api = useApi();
  const renew = useRenewTenants();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: TenantIn) =>
      answer(
        api.POST('/admin/tenants', { body, headers: { 'Idempotency-Key': keyOf(body) } }),
      ),
    onSuccess: renew,
  });
}

export function useChangeTenant(tenantId: string) {
  const api = useApi();
  const renew = useRenewTenants();
  return useMutation({
    mutationFn: (body: TenantChange) =>
      answer(
        api.PUT('/admin/tenants/{tenant_id}', { params: { path: { tenant_id: tenantId } }, body }),
      ),
    onSuccess: renew,
  });
}

/** Suspend or (re)activate, with the reason that goes into the audit trail. */
export function useMoveTenant(tenantId: string, move: 'suspend' | 'activate') {
  const api = useApi();
  const renew = useRenewTenants();
  return useMutation({
    mutationFn: (reason: string) => {
      const init = { params: { path: { tenant_id: tenantId } }, body: { reason } };
      return answer(
        move === 'suspend'
          ? api.POST('/admin/tenants/{tenant_id}/suspend', init)
          : api.POST('/admin/tenants/{tenant_id}/activate', init),
      );
    },
    onSuccess: renew,
  });
}

export function useDeleteTenant(tenantId: string) {
  const api = useApi();
  const renew = useRenewTenants();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE('/admin/tenants/{tenant_id}', { params: { path: { tenant_id: tenantId } } }),
      ),
    onSuccess: renew,
  });
}

/** Try the stored Odoo connection of a tenant. */
export function useCheckTenant(tenantId: string) {
  const api = useApi();
  const renew = useRenewTenants();
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/admin/tenants/{tenant_id}/test-connection', {
          params: { path: { tenant_id: tenantId } },
        }),
      ),
    onSettled: renew,
  });
}

/** Try an Odoo before it is stored: a new one, or what changes of a tenant's. */
export function useTryOdoo(tenantId: string | null) {
  const api = useApi();
  return useMutation({
    mutationFn: (config: Record<string, string>) =>
      answer(
        api.POST('/admin/integrations/test', {
          body: { connector: 'odoo', config, tenant_id: tenantId },
        }),
      ),
  });
}

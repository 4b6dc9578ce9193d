/** The tenant's primary Odoo connection, and one's own login for it. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';

export type Connection = components['schemas']['ConnectionOut'];
export type OdooSettings = components['schemas']['OdooSettings'];
export type Check = components['schemas']['CheckOut'];

export function connectionsQuery(api: Api) {
  return queryOptions({
    queryKey: ['connections'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/integrations', { signal, params: { query: { limit: 100 } } })),
    meta: { news: ['connection.*'] },
  });
}

/** The connection the gateway uses unless a call names another. */
export function primaryOdoo(connections: readonly Connection[]): Connection | undefined {
  return connections.find(({ connector, is_primary }) => connector === 'odoo' && is_primary);
}

export function myCredentialsQuery(api: Api) {
  return queryOptions({
    queryKey: ['connections', 'my-credentials'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/integrations/odoo/my-credentials', { signal })),
  });
}

function useRenewConnections(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['connections'] });
}

/** Try settings before they are stored; those left out are taken from what is stored. */
export function useTryOdoo() {
  const api = useApi();
  return useMutation({
    mutationFn: (body: OdooSettings) =>
      answer(api.POST('/api/v1/integrations/odoo/test', { body })),
  });
}

/** Try what is stored; how it was found is kept. */
export function useTestStored() {
  const api = useApi();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/integrations/odoo/test')),
    onSettled: useRenewConnections(),
  });
}

export function useConfigureOdoo() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: OdooSettings) =>
      answer(
        api.POST('/api/v1/integrations/odoo/configure', {
          body,
          headers: { 'Idempotency-Key': keyOf(body) },
        }),
      ),
    onSuccess: useRenewConnections(),
  });
}

export function useSetMyCredentials() {
  const api = useApi();
  return useMutation({
    mutationFn: (body: components['schemas']['MyCredentialsIn']) =>
      answer(api.PUT('/api/v1/integrations/odoo/my-credentials', { body })),
    onSuccess: useRenewConnections(),
  });
}

export function useDropMyCredentials() {
  const api = useApi();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/integrations/odoo/my-credentials')),
    onSuccess: useRenewConnections(),
  });
}

/** The systems a company is connected to, and one's own login for its Odoo. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];
export type Connection = Schemas['ConnectionOut'];
export type Connector = Schemas['ConnectorOut'];
export type Check = Schemas['CheckOut'];

export function connectionsQuery(api: Api) {
  return queryOptions({
    queryKey: ['connections', 'list'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/integrations', { signal, params: { query: { limit: 1000 } } })),
    meta: { news: ['connection.*'] },
  });
}

/** The connection the gateway uses unless a call names another. */
export function primaryOdoo(connections: readonly Connection[]): Connection | undefined {
  return connections.find(({ connector, is_primary }) => connector === 'odoo' && is_primary);
}

export function connectionQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: ['connections', 'one', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/integrations/{connection_id}', {
          signal,
          params: { path: { connection_id: id } },
        }),
      ),
    meta: { news: ['connection.*'] },
  });
}

/** Which systems can be connected, and what each asks for. */
export function connectorsQuery(api: Api) {
  return queryOptions({
    queryKey: ['connectors'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/connectors', { signal })),
    staleTime: 300_000,
  });
}

export function myCredentialsQuery(api: Api) {
  return queryOptions({
    queryKey: ['connections', 'my-credentials'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/integrations/odoo/my-credentials', { signal })),
  });
}

function useRenewConnections(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () =>
    queryClient.invalidateQueries({
      predicate: ({ queryKey: [first] }) => first === 'connections' || first === 'sync',
    });
}

/** Try a configuration of a connector before it is stored. */
export function useTryConfig(connector: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (config: Record<string, unknown> | null) =>
      answer(api.POST('/api/v1/integrations/test', { body: { connector, config: config ?? {} } })),
  });
}

/** Try the primary Odoo as it is stored; how it was found is kept. */
export function useTestStored() {
  const api = useApi();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/integrations/odoo/test')),
    onSettled: useRenewConnections(),
  });
}

/** Try what is stored, or with changes that are not. How what is stored was found is kept. */
export function useTryStored(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (config: Record<string, unknown> | null) =>
      answer(
        api.POST('/api/v1/integrations/{connection_id}/test', {
          params: { path: { connection_id: id } },
          body: config === null ? null : { config },
        }),
      ),
    onSettled: useRenewConnections(),
  });
}

export function useConnect() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: Schemas['ConnectionIn']) =>
      answer(
        api.POST('/api/v1/integrations', {
          body,
          headers: { 'Idempotency-Key': keyOf(body) },
        }),
      ),
    onSuccess: useRenewConnections(),
  });
}

export function useChangeConnection(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['ConnectionChange']) =>
      answer(
        api.PUT('/api/v1/integrations/{connection_id}', {
          params: { path: { connection_id: id } },
          body,
        }),
      ),
    onSuccess: useRenewConnections(),
  });
}

export function useRemoveConnection(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE('/api/v1/integrations/{connection_id}', {
          params: { path: { connection_id: id } },
        }),
      ),
    onSuccess: useRenewConnections(),
  });
}

export function useSetMyCredentials() {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['MyCredentialsIn']) =>
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

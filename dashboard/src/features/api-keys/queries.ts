import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { windowOf } from '@/ui/table/listSearch';

import type { KeySearch } from './search';

export type ApiKey = components['schemas']['ApiKeyOut'];
export type ApiKeyIn = components['schemas']['ApiKeyIn'];

export function apiKeysQuery(api: Api, search: KeySearch) {
  return queryOptions({
    queryKey: ['api-keys', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/api-keys', {
          signal,
          params: { query: { with_revoked: search.shown === 'all', ...windowOf(search) } },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['api_key.*'] },
  });
}

function useRenewKeys(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['api-keys'] });
}

export function useCreateKey() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: ApiKeyIn) =>
      answer(api.POST('/api/v1/api-keys', { body, headers: { 'Idempotency-Key': keyOf(body) } })),
    onSuccess: useRenewKeys(),
  });
}

/** Revoke a key: it is refused from the next request on, for good. */
export function useRevokeKey(keyId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: keyId } } })),
    onSuccess: useRenewKeys(),
  });
}

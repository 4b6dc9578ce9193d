/** What the webhook pages read and do. Keys begin with `webhooks`. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';

import type { WebhookSearch } from './search';

type Schemas = components['schemas'];
export type AppEvent = Schemas['AppEvent'];
export type WebhookEvent = Schemas['EventOut'];
export type Credential = Schemas['CredentialOut'];
export type WebhookStatus = Schemas['WebhookStatus'];
export type Hour = Schemas['HourOut'];

const EACH = 50;
export const RENEW_MS = 5_000;
const NEWS = { news: ['webhook.*', 'webhook_secret.*', 'webhook_address.*', 'connection.*'] };

export function statusQuery(api: Api) {
  return queryOptions({
    queryKey: ['webhooks', 'status'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/webhooks/status', { signal })),
    meta: NEWS,
  });
}

export function statisticsQuery(api: Api, hours: number) {
  return queryOptions({
    queryKey: ['webhooks', 'statistics', hours],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/webhooks/statistics', { signal, params: { query: { hours } } })),
    placeholderData: keepPreviousData,
    meta: NEWS,
  });
}

export function eventsQuery(api: Api, { model, status, operation }: WebhookSearch) {
  return infiniteQueryOptions({
    queryKey: ['webhooks', 'events', { model, status, operation }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/webhooks/events', {
          signal,
          params: {
            query: {
              limit: EACH,
              cursor: pageParam,
              ...(model === undefined ? {} : { model }),
              ...(status === undefined ? {} : { status }),
              ...(operation === undefined ? {} : { event_type: operation }),
            },
          },
        }),
      ).then(({ events, next_cursor }) => ({ items: events, next_cursor: next_cursor ?? null })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    meta: NEWS,
  });
}

export function eventQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: ['webhooks', 'event', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/webhooks/events/{event_id}', {
          signal,
          params: { path: { event_id: id } },
        }),
      ),
    meta: NEWS,
  });
}

export function deadLettersQuery(api: Api, { model, fault }: WebhookSearch) {
  return infiniteQueryOptions({
    queryKey: ['webhooks', 'dead', { model, fault }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/webhooks/dead-letter', {
          signal,
          params: {
            query: {
              limit: EACH,
              cursor: pageParam,
              ...(model === undefined ? {} : { model }),
              ...(fault === undefined ? {} : { fault }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    meta: NEWS,
  });
}

export function deadStatsQuery(api: Api) {
  return queryOptions({
    queryKey: ['webhooks', 'dead-stats'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/webhooks/dead-letter/stats', { signal })),
    meta: NEWS,
  });
}

export type CredentialKind = 'secrets' | 'addresses';

export function credentialsQuery(api: Api, kind: CredentialKind) {
  return queryOptions({
    queryKey: ['webhooks', kind],
    queryFn: ({ signal }) =>
      answer(
        api.GET(kind === 'secrets' ? '/api/v1/webhooks/secrets' : '/api/v1/webhooks/addresses', {
          signal,
          params: { query: { limit: 1000 } },
        }),
      ),
    meta: NEWS,
  });
}

function useRenewWebhooks(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['webhooks'] });
}

/** Process dead letters again, or give them up. */
export function useSettle(way: 'retry' | 'discard') {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['ManyIn']) =>
      answer(
        api.POST(
          way === 'retry' ? '/api/v1/webhooks/retry/bulk' : '/api/v1/webhooks/dead-letter/discard',
          { body },
        ),
      ),
    onSettled: useRenewWebhooks(),
  });
}

export function useMakeSecret() {
  const api = useApi();
  return useMutation({
    mutationFn: ({ rotate, ...body }: Schemas['CredentialIn'] & { rotate: boolean }) =>
      answer(
        rotate
          ? api.POST('/api/v1/webhooks/secrets/rotate', { body: { ...body, overlap_hours: 24 } })
          : api.POST('/api/v1/webhooks/secrets', { body }),
      ).then(({ secret }) => secret),
    onSettled: useRenewWebhooks(),
  });
}

export function useMakeAddress() {
  const api = useApi();
  return useMutation({
    mutationFn: (body: Schemas['CredentialIn']) =>
      answer(api.POST('/api/v1/webhooks/addresses', { body })).then(({ address }) => address),
    onSettled: useRenewWebhooks(),
  });
}

export function useRevoke(kind: CredentialKind, id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(
        kind === 'secrets'
          ? api.DELETE('/api/v1/webhooks/secrets/{secret_id}', {
              params: { path: { secret_id: id } },
            })
          : api.DELETE('/api/v1/webhooks/addresses/{address_id}', {
              params: { path: { address_id: id } },
            }),
      ),
    onSettled: useRenewWebhooks(),
  });
}

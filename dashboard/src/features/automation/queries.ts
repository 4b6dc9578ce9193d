/**
 * What the automation pages read and change. `client` is the id of a client, for staff; null is
 * the company of whoever is signed in.
 */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { compact } from '@/ui/table/listSearch';

import { boundsOf } from '../traffic/period';
import { USUAL } from './search';
import type { AutomationSearch, FiguresSearch, Interval, Outcome } from './search';

export type ClientMetrics = components['schemas']['ClientMetrics'];
export type Figures = ClientMetrics['figures'];
export type Period = ClientMetrics['period'];
export type Attention = components['schemas']['Attention'];
export type Execution = components['schemas']['ExecutionOut'];
export type N8nServer = components['schemas']['ServerOut'];
export type OverviewClient = components['schemas']['OverviewClient'];
export type Workflow = components['schemas']['WorkflowMetrics'];
export type Client = components['schemas']['ClientOut'];
export type N8nConfig = components['schemas']['N8nConfigIn'];
export type SavingsWanted = components['schemas']['SavingsIn'];
type Status = components['schemas']['Status'];

/** Figures end now, and their freshness moves on without news: they are read again now and then. */
const RENEWED = {
  placeholderData: keepPreviousData,
  refetchInterval: 30_000,
  meta: { news: ['automation.*', 'connection.*', 'tenant.*'] },
};
const EACH = 50;

const STATUSES: Record<Outcome, Status[]> = {
  failed: ['error', 'crashed'],
  success: ['success'],
  canceled: ['canceled'],
  open: ['new', 'running', 'waiting'],
};

const DAYS: Partial<Record<string, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** Spans of days are whole days of the client's own calendar, which the API knows. */
function periodOf({ span, from, to }: FiguresSearch): { days: number } | { from: string; to: string } {
  const days = from === undefined ? DAYS[span ?? USUAL] : undefined;
  return days === undefined ? boundsOf(compact({ span, from, to }), USUAL, Date.now()) : { days };
}

function asked(search: FiguresSearch, interval?: Interval) {
  return compact({ ...periodOf(search), runs: search.runs, interval });
}

function keyOf({ span, from, to, runs }: FiguresSearch) {
  return compact({ span, from, to, runs });
}

export function overviewQuery(api: Api, search: FiguresSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['automation', 'overview', keyOf(search)],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/metrics/all', { signal, params: { query: asked(search) } })),
  });
}

export function metricsQuery(api: Api, client: string | null, search: AutomationSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['automation', 'metrics', client, keyOf(search), search.by ?? null],
    queryFn: ({ signal }) => {
      const query = asked(search, search.by);
      return client === null
        ? answer(api.GET('/api/v1/metrics/my-metrics', { signal, params: { query } }))
        : answer(
            api.GET('/api/v1/metrics/client/{client_id}', {
              signal,
              params: { path: { client_id: client }, query },
            }),
          );
    },
  });
}

export function workflowsQuery(api: Api, client: string | null, search: FiguresSearch) {
  return queryOptions({
    ...RENEWED,
    queryKey: ['automation', 'workflows', client, keyOf(search)],
    queryFn: ({ signal }) => {
      const query = asked(search);
      return client === null
        ? answer(api.GET('/api/v1/metrics/my-workflows', { signal, params: { query } }))
        : answer(
            api.GET('/api/v1/metrics/client/{client_id}/workflows', {
              signal,
              params: { path: { client_id: client }, query },
            }),
          );
    },
  });
}

/** What of the executions is asked for. `from` is when the period of the figures begins. */
function executionsAsked(search: AutomationSearch, from: string) {
  return compact({
    from,
    to: search.to,
    status: search.outcome === undefined ? undefined : STATUSES[search.outcome],
    runs: search.runs ?? ('production' as const),
    workflow_id: search.workflow,
    connection_id: search.server,
  });
}

export function executionsQuery(
  api: Api,
  client: string | null,
  search: AutomationSearch,
  from: string,
) {
  const { outcome, workflow, server } = search;
  return infiniteQueryOptions({
    ...RENEWED,
    queryKey: ['automation', 'executions', client, keyOf(search), { outcome, workflow, server }],
    initialPageParam: null as string | null,
    getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? null,
    queryFn: ({ signal, pageParam }) => {
      const query = { ...executionsAsked(search, from), limit: EACH, cursor: pageParam };
      return client === null
        ? answer(api.GET('/api/v1/metrics/my-executions', { signal, params: { query } }))
        : answer(
            api.GET('/api/v1/metrics/client/{client_id}/executions', {
              signal,
              params: { path: { client_id: client }, query },
            }),
          );
    },
  });
}

export function overviewCsv(api: Api, search: FiguresSearch): Promise<Blob> {
  return answer<Blob>(
    api.GET('/api/v1/metrics/all.csv', { parseAs: 'blob', params: { query: asked(search) } }),
  );
}

export function seriesCsv(api: Api, client: string | null, search: AutomationSearch): Promise<Blob> {
  const query = asked(search, search.by);
  return client === null
    ? answer<Blob>(api.GET('/api/v1/metrics/my-metrics.csv', { parseAs: 'blob', params: { query } }))
    : answer<Blob>(
        api.GET('/api/v1/metrics/client/{client_id}/series.csv', {
          parseAs: 'blob',
          params: { path: { client_id: client }, query },
        }),
      );
}

export function workflowsCsv(api: Api, client: string | null, search: FiguresSearch): Promise<Blob> {
  const query = asked(search);
  return client === null
    ? answer<Blob>(
        api.GET('/api/v1/metrics/my-workflows.csv', { parseAs: 'blob', params: { query } }),
      )
    : answer<Blob>(
        api.GET('/api/v1/metrics/client/{client_id}/workflows.csv', {
          parseAs: 'blob',
          params: { path: { client_id: client }, query },
        }),
      );
}

export function executionsCsv(
  api: Api,
  client: string | null,
  search: AutomationSearch,
  from: string,
): Promise<Blob> {
  const query = executionsAsked(search, from);
  return client === null
    ? answer<Blob>(
        api.GET('/api/v1/metrics/my-executions.csv', { parseAs: 'blob', params: { query } }),
      )
    : answer<Blob>(
        api.GET('/api/v1/metrics/client/{client_id}/executions.csv', {
          parseAs: 'blob',
          params: { path: { client_id: client }, query },
        }),
      );
}

function useRenewAutomation(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['automation'] }),
      queryClient.invalidateQueries({ queryKey: ['tenants'] }),
    ]);
  };
}

export function useCreateClient() {
  const api = useApi();
  const [keyOfBody] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: components['schemas']['ClientIn']) =>
      answer(
        api.POST('/api/v1/clients', { body, headers: { 'Idempotency-Key': keyOfBody(body) } }),
      ),
    onSuccess: useRenewAutomation(),
  });
}

export function clientQuery(api: Api, client: string) {
  return queryOptions({
    queryKey: ['automation', 'client', client],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/clients/{client_id}', { signal, params: { path: { client_id: client } } }),
      ),
    meta: { news: ['tenant.*'] },
  });
}

export function useChangeClient() {
  const api = useApi();
  return useMutation({
    mutationFn: ({ id, ...body }: components['schemas']['ClientChange'] & { id: string }) =>
      answer(api.PUT('/api/v1/clients/{client_id}', { params: { path: { client_id: id } }, body })),
    onSuccess: useRenewAutomation(),
  });
}

/**
 * It can come back for 30 days, among the tenants. `onDone` leaves its page, before that hears
 * that its client is gone.
 */
export function useDeleteClient(client: string, onDone: () => Promise<void>) {
  const api = useApi();
  const renew = useRenewAutomation();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE('/api/v1/clients/{client_id}', { params: { path: { client_id: client } } })),
    onSuccess: async () => {
      await onDone();
      await renew();
    },
  });
}

/** Try an n8n before it is stored. What is left out comes from the client's primary server. */
export function useTryN8n(client: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (config: Record<string, string>) =>
      answer(
        api.POST('/admin/integrations/test', {
          body: { connector: 'n8n', tenant_id: client, config },
        }),
      ),
  });
}

/** Try an n8n as it is stored; what was found is shown from then on. */
export function useTestServer(client: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (server: string) =>
      answer(
        api.POST('/api/v1/clients/{client_id}/n8n-config/{connection_id}/test', {
          params: { path: { client_id: client, connection_id: server } },
        }),
      ),
    onSettled: useRenewAutomation(),
  });
}

export function useConfigureN8n(client: string) {
  const api = useApi();
  const [keyOfBody] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: N8nConfig) =>
      answer(
        api.POST('/api/v1/clients/{client_id}/n8n-config', {
          params: { path: { client_id: client } },
          body,
          headers: { 'Idempotency-Key': keyOfBody(body) },
        }),
      ),
    onSuccess: useRenewAutomation(),
  });
}

export function useRemoveServer(client: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (server: string) =>
      answer(
        api.DELETE('/api/v1/clients/{client_id}/n8n-config/{connection_id}', {
          params: { path: { client_id: client, connection_id: server } },
        }),
      ),
    onSuccess: useRenewAutomation(),
  });
}

/** Say what one successful run of a workflow saves. */
export function useSetSavings(client: string | null, workflow: Workflow) {
  const api = useApi();
  const place = { connection_id: workflow.connection_id, workflow_id: workflow.workflow_id };
  return useMutation({
    mutationFn: (body: SavingsWanted) =>
      client === null
        ? answer(
            api.PUT('/api/v1/metrics/my-workflows/{connection_id}/{workflow_id}/savings', {
              params: { path: place },
              body,
            }),
          )
        : answer(
            api.PUT('/api/v1/clients/{client_id}/workflows/{connection_id}/{workflow_id}/savings', {
              params: { path: { client_id: client, ...place } },
              body,
            }),
          ),
    onSuccess: useRenewAutomation(),
  });
}

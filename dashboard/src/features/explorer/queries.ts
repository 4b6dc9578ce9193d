/** What the explorer asks Odoo, through the gateway and with the person's own rights. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';

import type { Domain } from './domain';
import { readFields } from './fields';

export type OdooRecord = Readonly<Record<string, unknown>> & { readonly id: number };

/** What every call takes: the primary connection, no context, answers from the cache. */
const CALL = { connection: null, context: null, fresh: false } as const;
/** A search of everything, in Odoo's order. */
const SEARCH = { ...CALL, limit: 0, offset: 0, order: null } as const;

export interface Question {
  model: string;
  domain: Domain;
  fields: readonly string[];
  order?: string | undefined;
  offset: number;
  limit: number;
}

export interface Model {
  model: string;
  name: string;
}

function recordsIn(result: unknown): OdooRecord[] {
  return Array.isArray(result)
    ? (result as unknown[]).filter(
        (one): one is OdooRecord =>
          typeof one === 'object' && one !== null && typeof (one as { id?: unknown }).id === 'number',
      )
    : [];
}

/** The models Odoo has, by their names. Which of them may be read is known when one is asked. */
export function modelsQuery(api: Api) {
  return queryOptions({
    queryKey: ['explorer', 'models'],
    queryFn: async ({ signal }): Promise<Model[]> => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/search_read', {
          signal,
          body: {
            ...SEARCH,
            model: 'ir.model',
            domain: [['transient', '=', false]],
            fields: ['model', 'name'],
            order: 'model',
          },
        }),
      );
      return recordsIn(result).map(({ model, name }) => ({
        model: String(model),
        name: String(name),
      }));
    },
    staleTime: 300_000,
  });
}

/** Which models this person may reach through the gateway. Odoo's own rights come on top. */
export function allowedModelsQuery(api: Api) {
  return queryOptions({
    queryKey: ['explorer', 'allowed'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/odoo/models', { signal })),
    staleTime: 60_000,
    meta: { news: ['tenant.*', 'role.*'] },
  });
}

const ATTRIBUTES = [
  'string',
  'type',
  'relation',
  'selection',
  'required',
  'readonly',
  'sortable',
  'searchable',
  'store',
  'help',
] as const;

export function fieldsQuery(api: Api, model: string) {
  return queryOptions({
    queryKey: ['explorer', 'fields', model],
    queryFn: async ({ signal }) => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/fields_get', {
          signal,
          body: {
            ...CALL,
            model,
            fields: null,
            allfields: null,
            attributes: [...ATTRIBUTES],
          },
        }),
      );
      return readFields(result);
    },
    staleTime: 300_000,
  });
}

/** The records that fit and how many there are. `fresh` passes by the gateway's cache. */
export async function loadRecords(
  api: Api,
  question: Question,
  { fresh = false, signal }: { fresh?: boolean; signal?: AbortSignal } = {},
): Promise<{ items: OdooRecord[]; total: number }> {
  const { model, domain, fields, order = null, offset, limit } = question;
  const common = signal === undefined ? {} : { signal };
  const [found, counted] = await Promise.all([
    answer(
      api.POST('/api/v1/odoo/search_read', {
        ...common,
        body: { ...CALL, model, domain, fields: [...fields], offset, limit, fresh, order },
      }),
    ),
    answer(api.POST('/api/v1/odoo/search_count', { ...common, body: { ...CALL, model, domain, fresh, limit: null } })),
  ]);
  return { items: recordsIn(found.result), total: Number(counted.result) };
}

export function recordsQuery(api: Api, question: Question) {
  return queryOptions({
    queryKey: ['explorer', 'records', question],
    queryFn: ({ signal }) => loadRecords(api, question, { signal }),
    placeholderData: (before, query) =>
      (query?.queryKey[2] as Question | undefined)?.model === question.model
        ? keepPreviousData(before)
        : undefined,
  });
}

/** One record with `fields`; null when there is none with that id. */
export function recordQuery(api: Api, model: string, id: number, fields: readonly string[]) {
  return queryOptions({
    queryKey: ['explorer', 'record', model, id, fields],
    queryFn: async ({ signal }) => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/read', {
          signal,
          body: { ...CALL, model, ids: [id], fields: [...fields], fresh: true },
        }),
      );
      return recordsIn(result)[0] ?? null;
    },
  });
}

export type Operation = 'create' | 'write' | 'unlink';

/** Whether Odoo lets the one who is signed in there do that to records of `model`. */
export function mayQuery(api: Api, model: string, operation: Operation) {
  return queryOptions({
    queryKey: ['explorer', 'may', model, operation],
    queryFn: async ({ signal }) => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/check_access_rights', {
          signal,
          body: { ...CALL, model, operation, raise_exception: false },
        }),
      );
      return result === true;
    },
    staleTime: 60_000,
  });
}

export interface Choice {
  value: number;
  label: string;
}

/** Records of `model` whose name is like `text`, the best ones. */
export function namesLikeQuery(api: Api, model: string, text: string) {
  return queryOptions({
    queryKey: ['explorer', 'names', model, text],
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/name_search', {
          signal,
          body: { ...CALL, model, name: text, limit: 20, operator: 'ilike' },
        }),
      );
      return Array.isArray(result)
        ? (result as unknown[]).flatMap((pair) =>
            Array.isArray(pair) ? [{ value: Number(pair[0]), label: String(pair[1]) }] : [],
          )
        : [];
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** The names of records that are known by id. */
export function namesOfQuery(api: Api, model: string, ids: readonly number[]) {
  return queryOptions({
    queryKey: ['explorer', 'names-of', model, ids],
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/search_read', {
          signal,
          body: {
            ...SEARCH,
            model,
            domain: [['id', 'in', ids]],
            fields: ['display_name'],
            context: { active_test: false },
          },
        }),
      );
      return recordsIn(result).map(({ id, display_name }) => ({
        value: id,
        label: String(display_name),
      }));
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  });
}

/** What a new record would begin with. */
export function defaultsQuery(api: Api, model: string, fields: readonly string[]) {
  return queryOptions({
    queryKey: ['explorer', 'defaults', model],
    queryFn: async ({ signal }) => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/default_get', {
          signal,
          body: { ...CALL, model, fields: [...fields] },
        }),
      );
      return typeof result === 'object' && result !== null
        ? (result as Record<string, unknown>)
        : {};
    },
  });
}

/** Everything the explorer shows may be other after a change. */
function useRenewRecords(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      ['records', 'record', 'names', 'names-of'].map((part) =>
        queryClient.invalidateQueries({ queryKey: ['explorer', part] }),
      ),
    );
}

export function useWriteRecord(model: string, id: number) {
  const api = useApi();
  return useMutation({
    mutationFn: (values: Record<string, unknown>) =>
      answer(api.POST('/api/v1/odoo/write', { body: { ...CALL, model, ids: [id], values } })),
    onSettled: useRenewRecords(),
  });
}

/** Answers the id of the new record. */
export function useCreateRecord(model: string) {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: async (values: Record<string, unknown>): Promise<number> => {
      const body = { ...CALL, model, values };
      const { result } = await answer(
        api.POST('/api/v1/odoo/create', { body, headers: { 'Idempotency-Key': keyOf(body) } }),
      );
      return Number(Array.isArray(result) ? (result as unknown[])[0] : result);
    },
    onSettled: useRenewRecords(),
  });
}

export function useDeleteRecord(model: string, id: number) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/odoo/unlink', { body: { ...CALL, model, ids: [id] } })),
    onSettled: useRenewRecords(),
  });
}

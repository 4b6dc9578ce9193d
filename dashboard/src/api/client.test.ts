// @vitest-environment node
import { afterEach, beforeEach, expect, it } from 'vitest';

import { startServer } from '@/testing/server';
import type { Server } from '@/testing/server';

import { answer, createApi } from './client';
import type { Tokens } from './client';
import { ProblemError } from './problem';

const NOBODY: Tokens = { current: () => Promise.resolve(null), renewed: () => Promise.resolve(null) };

function holding(first: string, next: string | null): Tokens & { rejected: string[] } {
  const rejected: string[] = [];
  return {
    rejected,
    current: () => Promise.resolve(first),
    renewed: (token) => {
      rejected.push(token);
      return Promise.resolve(next);
    },
  };
}

let server: Server;

beforeEach(async () => {
  server = await startServer();
});

afterEach(async () => {
  await server.close();
});

it('sends the bearer token and gives the answer', async () => {
  server.on('GET', '/admin/tenants', () => ({ body: { items: [], total: 0 } }));
  const api = createApi(server.url, holding('first', null));

  const page = await answer(
    api.GET('/admin/tenants', { params: { query: { search: 'a b', limit: 5 } } }),
  );

  expect(page).toEqual({ items: [], total: 0 });
  expect(server.requests[0]?.headers.authorization).toBe('Bearer first');
  expect(server.requests[0]?.query).toEqual({ search: 'a b', limit: '5' });
});

it('renews a rejected token once and sends the same body and key again', async () => {
  server.on('POST', '/admin/tenants', ({ headers }) =>
    headers.authorization === 'Bearer second'
      ? { status: 201, body: { id: 'x', name: 'Acme' } }
      : { status: 401, body: { code: 'TOKEN_EXPIRED', detail: 'expired', status: 401 } },
  );
  const tokens = holding('first', 'second');
  const api = createApi(server.url, tokens);

  await answer(api.POST('/admin/tenants', { body: { name: 'Acme' } }));

  expect(tokens.rejected).toEqual(['first']);
  const [before, after] = server.requests;
  expect(after?.body).toEqual({ name: 'Acme' });
  expect(after?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  expect(after?.headers['idempotency-key']).toBe(before?.headers['idempotency-key']);
});

it('gives up when there is no other token, with what the server said', async () => {
  server.on('GET', '/admin/plans', () => ({
    status: 401,
    body: { code: 'TOKEN_REVOKED', detail: 'revoked', status: 401 },
  }));
  const call = answer(createApi(server.url, holding('first', null)).GET('/admin/plans'));

  await expect(call).rejects.toMatchObject({ code: 'TOKEN_REVOKED', status: 401 });
  expect(server.requests).toHaveLength(1);
});

it('throws problems with their correlation id, fields and waiting time', async () => {
  server.on('POST', '/admin/tenants', () => ({
    status: 422,
    headers: { 'X-Correlation-ID': 'from-header', 'Retry-After': '7' },
    body: {
      status: 422,
      code: 'VALIDATION_FAILED',
      detail: '/slug: bad',
      correlation_id: 'abc-123',
      errors: [{ pointer: '/slug', code: 'pattern', detail: 'bad' }],
      challenge: 'beyond the standard',
    },
  }));
  const error = await answer(
    createApi(server.url, NOBODY).POST('/admin/tenants', { body: { name: 'A', slug: '-' } }),
  ).catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({
    correlationId: 'abc-123',
    retryAfter: 7,
    fields: [{ pointer: '/slug', code: 'pattern', detail: 'bad' }],
    extra: { challenge: 'beyond the standard' },
    isPassing: false,
  });
});

it('understands answers that are no problem documents, such as those of a proxy', async () => {
  server.on('GET', '/admin/plans', () => ({
    status: 502,
    headers: { 'X-Correlation-ID': 'edge-1' },
    text: '<h1>Bad gateway</h1>',
  }));

  await expect(answer(createApi(server.url, NOBODY).GET('/admin/plans'))).rejects.toMatchObject({
    status: 502,
    code: 'UNEXPECTED_ANSWER',
    correlationId: 'edge-1',
    isPassing: true,
  });
});

it('tells a server that does not answer apart from a call that was given up', async () => {
  const api = createApi(server.url, NOBODY);
  server.on('GET', '/admin/plans', () => new Promise(() => undefined));
  const given = new AbortController();
  const call = answer(api.GET('/admin/plans', { signal: given.signal }));
  given.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });

  await server.close();
  await expect(answer(api.GET('/admin/plans'))).rejects.toMatchObject({
    status: 0,
    code: 'UNREACHABLE',
    isPassing: true,
  });
});

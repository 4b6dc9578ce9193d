// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { startServer } from '@/testing/server';
import type { Server } from '@/testing/server';

import { createSession } from './session';
import type { SessionControl } from './session';
import type { TokenPair } from './store';

/** What browsers offer and Node does not: storage that all tabs share. */
function sharedStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    clear: () => {
      kept.clear();
    },
    getItem: (key) => kept.get(key) ?? null,
    key: (index) => [...kept.keys()][index] ?? null,
    removeItem: (key) => {
      kept.delete(key);
    },
    setItem: (key, value) => {
      kept.set(key, value);
    },
  };
}

function pair(accessToken: string, given: Partial<TokenPair> = {}): TokenPair {
  return {
    access_token: accessToken,
    refresh_token: null,
    token_type: 'bearer',
    expires_in: 900,
    user_type: 'admin',
    user: {
      id: 'person',
      email: 'a@b.example',
      full_name: 'A B',
      role: 'admin',
      must_change_password: false,
      locale: 'en',
    },
    ...given,
  };
}

const PROBLEM = { status: 401, code: 'TOKEN_REVOKED', detail: 'ended' };

let server: Server;
let storage: Storage;
const open: SessionControl[] = [];

function tab(): SessionControl {
  const session = createSession({ baseUrl: server.url, storage });
  open.push(session);
  return session;
}

beforeEach(async () => {
  server = await startServer();
  storage = sharedStorage();
});

afterEach(async () => {
  for (const session of open.splice(0)) {
    session.close();
  }
  await server.close();
});

it('asks for nothing when nobody was signed in here', async () => {
  const session = tab();
  await session.restore();
  expect(session.store.getState().status).toBe('signed-out');
  expect(server.requests).toEqual([]);
});

it.each([
  ['admin', 'staff', '/admin/auth/refresh'],
  ['tenant', 'tenant', '/api/v1/auth/refresh'],
  ['person', 'tenant', '/api/v1/auth/refresh'],
])('is signed in again after a reload, as %s', async (userType, side, path) => {
  tab().accept(pair('before', { user_type: userType }));
  server.on('POST', path, () => ({ body: pair('after', { user_type: userType }) }));

  const reloaded = tab();
  await reloaded.restore();

  expect(await reloaded.current()).toBe('after');
  expect(reloaded.store.getState()).toMatchObject({ status: 'signed-in', side });
  expect(server.requests.map(({ path: asked }) => asked)).toEqual([path]);
});

it('renews once for many calls at the same time', async () => {
  const session = tab();
  session.accept(pair('old', { expires_in: 1 }));
  server.on('POST', '/admin/auth/refresh', async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return { body: pair('new') };
  });

  const tokens = await Promise.all([session.current(), session.current(), session.renewed('old')]);

  expect(tokens).toEqual(['new', 'new', 'new']);
  expect(server.requests).toHaveLength(1);
});

it('shares a new token and a sign-out with other tabs', async () => {
  const [one, other] = [tab(), tab()];
  one.accept(pair('shared'));
  await vi.waitFor(async () => {
    expect(await other.current()).toBe('shared');
  });

  server.on('POST', '/admin/auth/logout', () => ({ body: { success: true, message: '' } }));
  await other.signOut();
  await vi.waitFor(() => {
    expect(one.store.getState().status).toBe('signed-out');
  });
  expect(storage.getItem('bridgecore.side')).toBeNull();
});

it('takes the token another tab has got meanwhile instead of asking again', async () => {
  const session = tab();
  session.accept(pair('newer'));
  expect(await session.renewed('older')).toBe('newer');
  expect(server.requests).toEqual([]);
});

it('ends when the refresh token is no good any more', async () => {
  const session = tab();
  session.accept(pair('old', { expires_in: 1 }));
  server.on('POST', '/admin/auth/refresh', () => ({ status: 401, body: PROBLEM }));

  expect(await session.current()).toBeNull();
  expect(session.store.getState()).toMatchObject({
    status: 'signed-out',
    ended: { because: 'expired', detail: null },
  });
});

it('says why it ended when the tenant was suspended', async () => {
  const session = tab();
  session.accept(pair('old', { expires_in: 1, user_type: 'tenant' }));
  server.on('POST', '/api/v1/auth/refresh', () => ({
    status: 403,
    body: { status: 403, code: 'TENANT_SUSPENDED', detail: 'This tenant is suspended.' },
  }));

  expect(await session.current()).toBeNull();
  expect(session.store.getState().ended).toEqual({
    because: 'refused',
    detail: 'This tenant is suspended.',
  });
});

it('stays signed in while the server is away', async () => {
  const session = tab();
  session.accept(pair('old', { expires_in: 1 }));
  server.on('POST', '/admin/auth/refresh', () => ({ status: 503, body: { ...PROBLEM, status: 503, code: 'SERVICE_UNAVAILABLE' } }));

  await expect(session.current()).rejects.toMatchObject({ status: 503 });
  expect(session.store.getState().status).toBe('signed-in');

  server.on('POST', '/admin/auth/refresh', () => ({ body: pair('back') }));
  expect(await session.current()).toBe('back');
});

it('can be restored by another reload when the first one met no server', async () => {
  tab().accept(pair('before'));
  server.on('POST', '/admin/auth/refresh', () => ({ status: 503, text: 'away' }));
  const first = tab();
  await first.restore();
  expect(first.store.getState().status).toBe('signed-out');

  server.on('POST', '/admin/auth/refresh', () => ({ body: pair('back') }));
  const second = tab();
  await second.restore();
  expect(await second.current()).toBe('back');
});

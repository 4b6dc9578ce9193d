/** Who is signed in, as far as this tab knows. Tokens live here only: in memory, never stored. */
import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';

import type { components } from '@/api/schema.gen';

export type TokenPair = components['schemas']['TokenPair'];

/** Whose app this is now: those who run the platform, or people of a tenant. */
export type Side = 'staff' | 'tenant';

/** Why a session ended without the person asking for it. `problem` is what the server said. */
export interface Ended {
  because: 'expired' | 'refused';
  detail: string | null;
}

export interface Session {
  status: 'starting' | 'signed-out' | 'signed-in';
  side: Side | null;
  /** Changes when another person, or the same one in another tenant, is signed in. */
  identity: string | null;
  accessToken: string | null;
  /** When the access token runs out, in milliseconds of `performance.now()`. */
  expiresAt: number;
  ended: Ended | null;
}

export type SessionStore = StoreApi<Session>;

export const SIGNED_OUT: Session = {
  status: 'signed-out',
  side: null,
  identity: null,
  accessToken: null,
  expiresAt: 0,
  ended: null,
};

export function createSessionStore(): SessionStore {
  return createStore<Session>(() => ({ ...SIGNED_OUT, status: 'starting' }));
}

/**
 * Signing in with Microsoft: what has to come back with the code stays in this tab, so that a
 * sign-in which began in another browser is not finished here.
 */
import { answer } from '@/api/client';
import type { Api } from '@/api/client';

const KEY = 'bridgecore.microsoft';

interface Begun {
  state: string;
  verifier: string;
  /** Where to go afterwards: a path inside this app. */
  to: string;
}

/** The address to send the person to. */
export async function begin(api: Api, storage: Storage, to: string): Promise<string> {
  const config = await answer(api.GET('/api/v1/auth/microsoft/config', {}));
  const { authorization_url: address, state, code_verifier: verifier } = config;
  if (address == null || state == null || verifier == null) {
    throw new Error('Signing in with Microsoft is not switched on here.');
  }
  const begun: Begun = { state, verifier, to };
  storage.setItem(KEY, JSON.stringify(begun));
  return address;
}

/** What was begun in this tab with this `state`, once; null when nothing was. */
export function takeBegun(storage: Storage, state: string): Begun | null {
  const kept = storage.getItem(KEY);
  storage.removeItem(KEY);
  const begun = kept === null ? null : (JSON.parse(kept) as Begun);
  return begun !== null && begun.state === state ? begun : null;
}

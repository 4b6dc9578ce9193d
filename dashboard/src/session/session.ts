/**
 * Staying signed in. The access token is in memory and short; the refresh token is in a cookie no
 * script can read. Tabs take turns at renewing and tell each other what came of it, so a reload or
 * a second tab stays signed in, and signing out signs out of all of them.
 */
import { dispatch } from '@/api/client';
import type { Tokens } from '@/api/client';
import { ProblemError, readProblem } from '@/api/problem';

import { SIGNED_OUT, createSessionStore } from './store';
import type { Ended, SessionStore, Side, TokenPair } from './store';

const SIDE_KEY = 'bridgecore.side';
const LOCK = 'bridgecore.refresh';
const CHANNEL = 'bridgecore.session';
/** Renew when less than this is left, so a token does not run out on its way. */
const MARGIN_MS = 20_000;

const AUTH: Record<Side, string> = { staff: '/admin/auth', tenant: '/api/v1/auth' };

interface Place {
  /** Origin of the API, without a path. */
  baseUrl: string;
  /** Remembers which side to ask for a token after a reload; nothing secret. */
  storage: Storage;
  /** Lets one tab renew at a time. On plain HTTP browsers have none; the server's grace does. */
  locks?: LockManager | undefined;
}

type Told = { kind: 'renewed'; pair: TokenPair } | { kind: 'left' };

export interface SessionControl extends Tokens {
  readonly store: SessionStore;
  /** Take over the answer to a sign-in. */
  accept(pair: TokenPair): void;
  /** Go on with another access token of the same session. `seconds` is how long it is good. */
  replaceToken(accessToken: string, seconds: number): void;
  /** After a load: signed in again if the cookie still is. Never throws. */
  restore(): Promise<void>;
  signOut(): Promise<void>;
  /** Stop listening to other tabs. */
  close(): void;
}

export function createSession({ baseUrl, storage, locks }: Place): SessionControl {
  const store = createSessionStore();
  const channel = new BroadcastChannel(CHANNEL);
  let renewing: Promise<string | null> | null = null;

  function enter(pair: TokenPair): void {
    const side: Side = pair.user_type === 'admin' ? 'staff' : 'tenant';
    storage.setItem(SIDE_KEY, side);
    store.setState({
      status: 'signed-in',
      side,
      identity: [side, pair.user.id, pair.tenant?.id ?? ''].join(':'),
      accessToken: pair.access_token,
      expiresAt: performance.now() + pair.expires_in * 1000,
      ended: null,
    });
  }

  function leave(ended: Ended | null): void {
    storage.removeItem(SIDE_KEY);
    store.setState({ ...SIGNED_OUT, ended });
  }

  function tell(message: Told): void {
    channel.postMessage(message);
  }

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === 'renewed') {
      enter(data.pair);
    } else {
      leave(null);
    }
  };

  async function post(side: Side, path: string, signal?: AbortSignal): Promise<Response> {
    const request = new Request(`${baseUrl}${AUTH[side]}${path}`, {
      method: 'POST',
      credentials: 'same-origin',
      ...(signal === undefined ? {} : { signal }),
    });
    return dispatch(request, null);
  }

  async function renew(rejected: string | null): Promise<string | null> {
    const work = async (): Promise<string | null> => {
      const { accessToken } = store.getState();
      if (accessToken !== null && accessToken !== rejected && fresh()) {
        return accessToken; // another tab was first
      }
      const side = remembered(storage);
      if (side === null) {
        leave(null);
        return null;
      }
      const response = await post(side, '/refresh');
      if (response.ok) {
        const pair = (await response.json()) as TokenPair;
        enter(pair);
        tell({ kind: 'renewed', pair });
        return pair.access_token;
      }
      const problem = await readProblem(response);
      if (response.status === 401) {
        leave({ because: 'expired', detail: null });
      } else if ([402, 403, 410].includes(response.status)) {
        leave({ because: 'refused', detail: problem.detail });
      } else {
        throw problem;
      }
      return null;
    };
    return locks === undefined ? work() : locks.request(LOCK, work);
  }

  function fresh(): boolean {
    return store.getState().expiresAt - performance.now() > MARGIN_MS;
  }

  function renewOnce(rejected: string | null): Promise<string | null> {
    renewing ??= renew(rejected).finally(() => {
      renewing = null;
    });
    return renewing;
  }

  return {
    store,
    accept(pair) {
      enter(pair);
      tell({ kind: 'renewed', pair });
    },
    replaceToken(accessToken, seconds) {
      store.setState({ accessToken, expiresAt: performance.now() + seconds * 1000 });
    },
    async restore() {
      if (remembered(storage) === null) {
        leave(null);
        return;
      }
      await renewOnce(null).catch((error: unknown) => {
        const detail = error instanceof ProblemError ? error.detail : null;
        // the cookie may be good yet: the side stays remembered, so a reload can try again
        store.setState({ ...SIGNED_OUT, ended: { because: 'refused', detail } });
      });
    },
    async current() {
      const { accessToken } = store.getState();
      return accessToken === null || fresh() ? accessToken : renewOnce(accessToken);
    },
    renewed: (rejected) => renewOnce(rejected),
    async signOut() {
      const { side } = store.getState();
      if (side !== null) {
        await post(side, '/logout', AbortSignal.timeout(5000)).catch(() => null);
      }
      leave(null);
      tell({ kind: 'left' });
    },
    close() {
      channel.close();
    },
  };
}

function remembered(storage: Storage): Side | null {
  const side = storage.getItem(SIDE_KEY);
  return side === 'staff' || side === 'tenant' ? side : null;
}

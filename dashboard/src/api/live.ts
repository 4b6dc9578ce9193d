/**
 * What happens, told by the server as it happens: server-sent events, read with fetch because the
 * stream needs the bearer header. Ends are followed by another try, sooner or later; a tab nobody
 * looks at does not listen.
 */
import type { Tokens } from './client';

export interface News {
  /** Such as `usage.recorded`; `live.lost` means some were missed, so everything may have changed. */
  type: string;
  tenant_id: string | null;
  at: string;
}

export interface LiveOptions {
  /** Address of the stream. */
  url: string;
  tokens: Tokens;
  onNews: (news: News) => void;
  onConnected: (connected: boolean) => void;
}

export const LOST = 'live.lost';

/** The server says something at least every 15 s; a stream this long silent is dead. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Listen until the returned function is called. */
export function followLive({ url, tokens, onNews, onConnected }: LiveOptions): () => void {
  let ended = false;
  let wait = FIRST_WAIT_MS;
  let listening: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasMissed = false;

  async function open(signal: AbortSignal): Promise<Response> {
    const token = await tokens.current();
    const response = await ask(token, signal);
    const fresh = response.status === 401 && token !== null ? await tokens.renewed(token) : null;
    return fresh === null ? response : ask(fresh, signal);
  }

  function ask(token: string | null, signal: AbortSignal): Promise<Response> {
    return fetch(url, {
      signal,
      cache: 'no-store',
      headers: {
        Accept: 'text/event-stream',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
  }

  async function listen(control: AbortController): Promise<void> {
    const { signal } = control;
    const response = await open(signal);
    if (!response.ok || response.body === null) {
      throw new Error(`The stream answered ${response.status}.`);
    }
    onConnected(true);
    wait = FIRST_WAIT_MS;
    if (hasMissed) {
      onNews({ type: LOST, tenant_id: null, at: new Date().toISOString() });
    }
    hasMissed = true;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const silent = setTimeout(() => {
        control.abort();
      }, SILENCE_MS);
      const { done, value } = await reader.read().finally(() => {
        clearTimeout(silent);
      });
      if (done) {
        return;
      }
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const news of blocks.map(readBlock)) {
        if (news !== null) {
          onNews(news);
        }
      }
    }
  }

  function start(): void {
    clearTimeout(timer);
    if (ended || listening !== null || document.hidden) {
      return;
    }
    const control = new AbortController();
    listening = control;
    listen(control)
      .catch(() => {
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      })
      .finally(() => {
        if (listening === control) {
          listening = null;
          onConnected(false);
          if (!ended) {
            timer = setTimeout(start, wait * (0.5 + Math.random() / 2));
          }
        }
      });
  }

  function stop(): void {
    clearTimeout(timer);
    const control = listening;
    listening = null;
    control?.abort();
    onConnected(false);
  }

  function look(): void {
    if (document.hidden) {
      stop();
    } else {
      wait = FIRST_WAIT_MS;
      start();
    }
  }

  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);
  start();
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('online', look);
    stop();
  };
}

/** The news in one event of a stream; null for comments and for what is not understood. */
function readBlock(block: string): News | null {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  if (data === '') {
    return null;
  }
  try {
    const news = JSON.parse(data) as Partial<News> | null;
    return typeof news?.type === 'string'
      ? { type: news.type, tenant_id: news.tenant_id ?? null, at: news.at ?? '' }
      : null;
  } catch {
    return null;
  }
}

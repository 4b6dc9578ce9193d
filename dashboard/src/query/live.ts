/** Which queries read again when something happens, and whether the server is telling us. */
import type { QueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';

import { LOST } from '@/api/live';
import type { News } from '@/api/live';
import type { Liveness } from '@/ui/LiveDot';

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** What makes the answer old: types of events such as `member.added`, or `member.*`. */
      news?: readonly string[];
    };
  }
}

/** News come in bursts: each query reads once for all that came within this, in milliseconds. */
const GATHER_MS = 1_500;

/** Under steady traffic there is news every second; figures are read again this often at most. */
const TRAFFIC_MS = 5_000;

/** Whether the server pushes now; what is shown renews itself by polling while it does not. */
export const LiveContext = createContext(false);

/** How often to ask by oneself: never while the server tells, else every `milliseconds`. */
export function useRenewal(milliseconds: number): number | false {
  return use(LiveContext) ? false : milliseconds;
}

/** How what a query shows stays true. Several count as one: all of them have to be well. */
export function useLiveness(...queries: readonly { isError: boolean }[]): Liveness {
  const isLive = use(LiveContext);
  return queries.some(({ isError }) => isError) ? 'failing' : isLive ? 'live' : 'polling';
}

export function isAbout(wanted: readonly string[], type: string): boolean {
  return (
    type === LOST ||
    wanted.some((one) => one === type || (one.endsWith('*') && type.startsWith(one.slice(0, -1))))
  );
}

/** Takes news and has the queries they are about read again. Call `close` when done. */
export function createRenewer(queryClient: QueryClient): {
  take: (news: News) => void;
  close: () => void;
} {
  const usual = gather(GATHER_MS, GATHER_MS);
  const traffic = gather(GATHER_MS, TRAFFIC_MS);

  /** Renews `wait` after the first of some news, and not again within `apart`. */
  function gather(wait: number, apart: number) {
    const types = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = -Infinity;
    const renew = () => {
      timer = undefined;
      last = performance.now();
      const happened = [...types];
      types.clear();
      void queryClient.invalidateQueries({
        predicate: ({ meta }) => {
          const news = meta?.news;
          return news !== undefined && happened.some((type) => isAbout(news, type));
        },
      });
    };
    return {
      take(type: string) {
        types.add(type);
        timer ??= setTimeout(renew, Math.max(wait, last + apart - performance.now()));
      },
      close() {
        clearTimeout(timer);
      },
    };
  }

  return {
    take({ type }) {
      (type.startsWith('usage.') ? traffic : usual).take(type);
    },
    close() {
      usual.close();
      traffic.close();
    },
  };
}

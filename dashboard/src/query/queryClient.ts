import { QueryClient } from '@tanstack/react-query';

import { ProblemError } from '@/api/problem';

/** Server state. Reads are tried again only where that can help; writes never by themselves. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) =>
          failures < 2 && error instanceof ProblemError && error.isPassing,
        retryDelay: (failures, error) =>
          error instanceof ProblemError && error.retryAfter !== null
            ? Math.min(error.retryAfter, 10) * 1000
            : 400 * 2 ** failures,
      },
      mutations: { retry: false },
    },
  });
}

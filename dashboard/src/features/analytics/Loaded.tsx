import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';

interface LoadedProps<Data> {
  query: UseQueryResult<Data>;
  /** Bars of the skeleton. */
  lines: number;
  children: (data: Data) => ReactNode;
}

/** What a query answered, or that it is on its way, or why there is nothing. */
export function Loaded<Data>({ query, lines, children }: LoadedProps<Data>) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={retry} />
    ) : (
      <Skeleton lines={lines} />
    );
  }
  return (
    <>
      {query.isError && <ErrorPanel compact error={query.error} onRetry={retry} />}
      {children(query.data)}
    </>
  );
}

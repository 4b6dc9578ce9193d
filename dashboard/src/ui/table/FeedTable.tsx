/** A list that grows while it is read, such as a log: newest first, older ones on demand. */
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorPanel } from '../ErrorPanel';
import { Skeleton } from '../Skeleton';
import type { Column } from './column';
import styles from './DataTable.module.css';
import { Rows } from './Rows';

export interface FeedPage<Row> {
  items: Row[];
  next_cursor?: string | null;
}

interface FeedTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  query: UseInfiniteQueryResult<InfiniteData<FeedPage<Row>>>;
  rowKey: (row: Row) => string;
  empty: ReactNode;
}

export function FeedTable<Row>({ caption, columns, query, rowKey, empty }: FeedTableProps<Row>) {
  const { t } = useTranslation('common');
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  // the platform may look through a stretch of a log at a time: one without a find is no answer
  const isLooking = rows.length === 0 && hasNextPage && !isError;
  useEffect(() => {
    if (isLooking && !isFetching) {
      void fetchNextPage();
    }
  }, [isLooking, isFetching, fetchNextPage]);
  if (query.data === undefined || isLooking) {
    return query.isError ? (
      <div className={styles.apart}>
        <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
      </div>
    ) : (
      <Skeleton lines={6} />
    );
  }
  return (
    <>
      {query.isError && (
        <div className={styles.apart}>
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {rows.length === 0 && !hasNextPage ? (
        empty
      ) : (
        <Rows
          caption={caption}
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          busy={query.isPlaceholderData}
        />
      )}
      {hasNextPage && (
        <div className={styles.more}>
          <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('table.older')}
          </Button>
        </div>
      )}
    </>
  );
}

/** A list of records, sorted, paged and filtered by the server; its state is in the address. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { ErrorPanel } from '../ErrorPanel';
import { Skeleton } from '../Skeleton';
import type { Column } from './column';
import styles from './DataTable.module.css';
import { compact } from './listSearch';
import type { ListSearch } from './listSearch';
import { Pages } from './Pages';
import { Rows } from './Rows';

interface DataTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  query: UseQueryResult<{ items: Row[]; total: number }>;
  rowKey: (row: Row) => string;
  search: ListSearch;
  /** The part of the address that is the list's own, changed. */
  onSearch: (search: ListSearch) => void;
  /** The list's own order, while no other is asked for. */
  order?: string;
  /** Shown instead of rows when there are none. */
  empty: ReactNode;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, query, rowKey, search, onSearch, order, empty } = props;
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    return query.isError ? (
      <div className={styles.apart}>
        <ErrorPanel error={query.error} onRetry={retry} />
      </div>
    ) : (
      <Skeleton lines={8} />
    );
  }
  const { items, total } = query.data;
  return (
    <>
      {query.isError && (
        <div className={styles.apart}>
          <ErrorPanel compact error={query.error} onRetry={retry} />
        </div>
      )}
      {items.length === 0 ? (
        empty
      ) : (
        <Rows
          caption={caption}
          columns={columns}
          rows={items}
          rowKey={rowKey}
          busy={query.isPlaceholderData}
          sort={search.sort ?? order}
          onSort={(sort) => {
            onSearch(compact({ size: search.size, sort }));
          }}
        />
      )}
      <Pages total={total} search={search} onSearch={onSearch} />
    </>
  );
}

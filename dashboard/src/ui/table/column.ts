import type { ReactNode } from 'react';

export interface Column<Row> {
  /** Also what the list is sorted by, if it is `sortable`. */
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  sortable?: boolean;
  /** Figures stand under each other. */
  numeric?: boolean;
  /** The value in an export; a column without it is not exported. */
  exported?: (row: Row) => string | number | null;
}

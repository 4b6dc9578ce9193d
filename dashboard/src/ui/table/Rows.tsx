/** Records under their headings. On narrow screens each row becomes a card. */
import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';

import type { Column } from './column';
import { nextSort } from './listSearch';
import styles from './Rows.module.css';

interface RowsProps<Row> {
  /** Names the table for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What is shown is about to be replaced. */
  busy?: boolean;
  sort?: string | undefined;
  /** Left out where the order is fixed. */
  onSort?: (sort: string | undefined) => void;
}

export function Rows<Row>(props: RowsProps<Row>) {
  const { caption, columns, rows, rowKey, busy = false, sort, onSort } = props;
  return (
    <div className={styles.scroll}>
      <table role="table" className={styles.table} aria-busy={busy}>
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row" key={rowKey(row)}>
              {columns.map((column) => (
                <td
                  role="cell"
                  key={column.id}
                  data-title={column.title}
                  className={column.numeric === true ? styles.numeric : undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<Row> {
  column: Column<Row>;
  sort: string | undefined;
  onSort: ((sort: string | undefined) => void) | undefined;
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const { t } = useTranslation('common');
  const order = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : 'none';
  const className = column.numeric === true ? styles.numeric : undefined;
  if (column.sortable !== true || onSort === undefined) {
    return (
      <th role="columnheader" scope="col" className={className}>
        {column.title}
      </th>
    );
  }
  const Arrow = order === 'descending' ? ArrowDownOutlined : ArrowUpOutlined;
  return (
    <th role="columnheader" scope="col" aria-sort={order} className={className}>
      <button
        type="button"
        className={styles.sort}
        title={t('table.sortBy', { column: column.title })}
        onClick={() => {
          onSort(nextSort(sort, column.id));
        }}
      >
        {column.title}
        <Arrow aria-hidden className={order === 'none' ? styles.hidden : styles.shown} />
      </button>
    </th>
  );
}

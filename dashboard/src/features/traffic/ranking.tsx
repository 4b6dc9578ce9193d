/** The columns that rank what was used most: how much, how it changed, how well it went. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useNumbers } from '@/i18n/language';
import { Change } from '@/ui/Change';
import type { Column } from '@/ui/table/column';

import styles from './ranking.module.css';

type Ranked = Pick<
  components['schemas']['TenantUse'],
  'requests' | 'previous_requests' | 'error_rate' | 'p95_ms'
>;

interface First<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  exported: (row: Row) => string;
}

/** What is ranked, with a bar as long as its part of the most used, and its figures. */
export function useRanking<Row extends Ranked>(
  first: First<Row>,
  rows: readonly Row[],
): readonly Column<Row>[] {
  const { t } = useTranslation('traffic');
  const { count, share, duration } = useNumbers();
  // over longer times the API ranks tenants without percentiles
  const isTimed = rows.some(({ p95_ms }) => p95_ms != null);
  const most = Math.max(1, ...rows.map(({ requests }) => requests));
  const columns: Column<Row>[] = [
    {
      ...first,
      cell: (row) => (
        <span className={styles.ranked}>
          {first.cell(row)}
          <span
            aria-hidden="true"
            className={styles.bar}
            style={{ inlineSize: `${(row.requests / most) * 100}%` }}
          />
        </span>
      ),
    },
    {
      id: 'requests',
      title: t('columns.requests'),
      numeric: true,
      cell: (row) => count(row.requests),
      exported: (row) => row.requests,
    },
    {
      id: 'change',
      title: t('columns.change'),
      numeric: true,
      cell: (row) => <Change now={row.requests} before={row.previous_requests} />,
    },
    {
      id: 'errors',
      title: t('columns.errorRate'),
      numeric: true,
      cell: (row) => share(row.error_rate),
      exported: (row) => row.error_rate,
    },
  ];
  if (isTimed) {
    columns.push({
      id: 'p95',
      title: t('columns.p95'),
      numeric: true,
      cell: (row) => (row.p95_ms == null ? '–' : duration(row.p95_ms)),
      exported: (row) => row.p95_ms ?? null,
    });
  }
  return columns;
}

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Choice } from '@/ui/Choice';
import { compact, oneOf } from '@/ui/table/listSearch';

import { PeriodChoice } from '../traffic/PeriodChoice';
import styles from './automation.module.css';
import { OFFERED, RUNS, USUAL } from './search';
import type { FiguresSearch } from './search';

interface FiguresFilterProps<Search extends FiguresSearch> {
  search: Search;
  onSearch: (search: Search) => void;
  children?: ReactNode;
}

/** The period, and which executions count. */
export function FiguresFilter<Search extends FiguresSearch>(props: FiguresFilterProps<Search>) {
  const { search, onSearch, children } = props;
  const { t } = useTranslation('automation');
  return (
    <div role="search" className={styles.filters}>
      <PeriodChoice
        value={search}
        spans={OFFERED}
        usual={USUAL}
        onChange={(period) => {
          const rest = { ...search, span: undefined, from: undefined, to: undefined };
          onSearch(compact({ ...rest, ...period }) as Search);
        }}
      />
      <Choice
        label={t('runs.label')}
        value={search.runs ?? 'production'}
        options={RUNS.map((value) => ({ value, label: t(`runs.${value}`) }))}
        onChange={(value) => {
          const runs = oneOf(value, ['manual', 'all'] as const);
          onSearch(compact({ ...search, runs }) as Search);
        }}
      />
      {children}
    </div>
  );
}

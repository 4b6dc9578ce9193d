/** What the lists of events share: their filters, and the way to one event. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { EmptyState } from '@/ui/EmptyState';
import type { Filter } from '@/ui/table/FilterBar';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';

import type { WebhookSearch } from './search';
import styles from './webhooks.module.css';

export interface ListProps {
  search: WebhookSearch;
  onSearch: (search: WebhookSearch) => void;
  onOpen: (id: string) => void;
}

interface EventFiltersProps extends Pick<ListProps, 'search' | 'onSearch'> {
  filters: readonly Filter[];
  aside?: ReactNode;
}

export function EventFilters({ search, onSearch, filters, aside }: EventFiltersProps) {
  const { t } = useTranslation('webhooks');
  return (
    <FilterBar
      code
      text={search.model}
      textLabel={t('fields.model')}
      filters={filters}
      onChange={(id, value) => {
        onSearch(compact({ ...search, [id === 'search' ? 'model' : id]: value }));
      }}
      onClear={() => {
        onSearch(compact({ tab: search.tab }));
      }}
      aside={aside}
    />
  );
}

/** Nothing fits the filters, or else what `title` and `hint` say. */
export function NoEvents(props: { isFiltered: boolean; title: string; hint: string }) {
  const { t } = useTranslation('webhooks');
  return props.isFiltered ? (
    <EmptyState title={t('noneSuch')} hint={t('noneSuchHint')} />
  ) : (
    <EmptyState title={props.title} hint={props.hint} />
  );
}

export function OpenEvent({ record, onOpen }: { record: string; onOpen: () => void }) {
  return (
    <button type="button" className={styles.open} onClick={onOpen}>
      <code>{record}</code>
    </button>
  );
}

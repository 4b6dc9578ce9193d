/** Events as they come, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { Panel } from '@/ui/Panel';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';
import { TimeText } from '@/ui/TimeText';

import { EventTag } from './marks';
import { RENEW_MS, eventsQuery } from './queries';
import { OPERATIONS, STATUSES } from './search';
import type { WebhookSearch } from './search';
import styles from './webhooks.module.css';

export interface ListProps {
  search: WebhookSearch;
  onSearch: (search: WebhookSearch) => void;
  onOpen: (id: string) => void;
}

export function Events({ search, onSearch, onOpen }: ListProps) {
  const { t } = useTranslation('webhooks');
  const mayRead = useMay()('lake:read');
  const query = useInfiniteQuery({
    ...eventsQuery(useApi(), search),
    enabled: mayRead,
    // who reads further back is not moved
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 1 ? false : RENEW_MS),
  });
  if (!mayRead) {
    return <EmptyState title={t('closed')} hint={t('closedHint')} />;
  }
  const isFiltered = (search.model ?? search.status ?? search.operation) !== undefined;
  return (
    <Panel>
      <FilterBar
        code
        text={search.model}
        textLabel={t('fields.model')}
        filters={[
          {
            id: 'status',
            label: t('fields.status'),
            value: search.status,
            options: STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          },
          {
            id: 'operation',
            label: t('fields.operation'),
            value: search.operation,
            options: OPERATIONS.map((value) => ({ value, label: t(`operation.${value}`) })),
          },
        ]}
        onChange={(id, value) => {
          onSearch(compact({ ...search, [id === 'search' ? 'model' : id]: value }));
        }}
        onClear={() => {
          onSearch({});
        }}
      />
      <FeedTable
        caption={t('tabs.events')}
        query={query}
        rowKey={({ id }) => id}
        empty={
          isFiltered ? (
            <EmptyState title={t('noneSuch')} hint={t('noneSuchHint')} />
          ) : (
            <EmptyState title={t('noEvents')} hint={t('noEventsHint')} />
          )
        }
        columns={[
          {
            id: 'record',
            title: t('fields.record'),
            cell: ({ id, model, record_id }) => (
              <button
                type="button"
                className={styles.open}
                onClick={() => {
                  onOpen(id);
                }}
              >
                <code>
                  {model} {record_id}
                </code>
              </button>
            ),
          },
          {
            id: 'operation',
            title: t('fields.operation'),
            cell: ({ event_type }) => t(`operation.${event_type}`),
          },
          {
            id: 'status',
            title: t('fields.status'),
            cell: ({ status }) => <EventTag status={status} />,
          },
          {
            id: 'received',
            title: t('fields.received'),
            cell: ({ created_at }) => <TimeText value={created_at} />,
          },
          {
            id: 'occurred',
            title: t('fields.occurred'),
            cell: ({ occurred_at }) => <TimeText value={occurred_at} />,
          },
        ]}
      />
    </Panel>
  );
}

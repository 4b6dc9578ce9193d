/** Events as they come, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { Panel } from '@/ui/Panel';
import { FeedTable } from '@/ui/table/FeedTable';
import { TimeText } from '@/ui/TimeText';

import { EventFilters, NoEvents, OpenEvent } from './lists';
import type { ListProps } from './lists';
import { EventTag } from './marks';
import { RENEW_MS, eventsQuery } from './queries';
import { OPERATIONS, STATUSES } from './search';

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
      <EventFilters
        search={search}
        onSearch={onSearch}
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
      />
      <FeedTable
        caption={t('tabs.events')}
        query={query}
        rowKey={({ id }) => id}
        empty={
          <NoEvents isFiltered={isFiltered} title={t('noEvents')} hint={t('noEventsHint')} />
        }
        columns={[
          {
            id: 'record',
            title: t('fields.record'),
            cell: ({ id, model, record_id }) => (
              <OpenEvent
                record={`${model} ${record_id}`}
                onOpen={() => {
                  onOpen(id);
                }}
              />
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

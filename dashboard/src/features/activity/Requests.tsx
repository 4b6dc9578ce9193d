/** The tenant's requests, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { CopyButton } from '@/ui/CopyButton';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { saveCsv, toCsv } from '@/ui/table/csv';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { requestsQuery } from './queries';
import type { UsageLine } from './queries';
import { ANSWERS, METHODS, readActivitySearch, requestFilters } from './search';

const route = getRouteApi('/app/activity');
/** An export ends here, so that a busy tenant's log does not fill the browser. */
const EXPORTED = 10_000;

export function Requests() {
  const { t } = useTranslation('activity');
  const { count } = useNumbers();
  const api = useApi();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/activity' });
  const query = useInfiniteQuery({
    ...requestsQuery(api, search),
    refetchInterval: useRenewal(15_000),
  });
  const liveness = useLiveness(query);
  const columns = useRequestColumns();
  const filters = requestFilters(search);
  return (
    <Panel>
      <FilterBar
        code
        text={search.search}
        textLabel={t('requests.find')}
        filters={[
          {
            id: 'answer',
            label: t('requests.status'),
            value: search.answer,
            options: ANSWERS.map((value) => ({ value, label: t(`answers.${value}`) })),
          },
          {
            id: 'method',
            label: t('requests.method'),
            value: search.method,
            options: METHODS.map((value) => ({ value, label: value })),
          },
          ...(search.route === undefined
            ? []
            : [
                {
                  id: 'route',
                  label: t('requests.route'),
                  value: search.route,
                  options: [{ value: search.route, label: search.route }],
                },
              ]),
        ]}
        onChange={(id, value) => {
          void navigate({ search: readActivitySearch({ ...search, [id]: value }) });
        }}
        onClear={() => {
          void navigate({ search: { tab: 'requests' } });
        }}
        onExport={async () => {
          const lines: UsageLine[] = [];
          let cursor: string | null = null;
          do {
            const page: { items: UsageLine[]; next_cursor?: string | null } = await answer(
              api.GET('/api/v1/logs/usage', {
                params: { query: { ...filters, limit: 500, cursor } },
              }),
            );
            lines.push(...page.items);
            cursor = page.next_cursor ?? null;
          } while (cursor !== null && lines.length < EXPORTED);
          saveCsv('requests', toCsv(columns, lines));
        }}
        aside={
          <>
            <span>{t('requests.exported', { limit: count(EXPORTED) })}</span>
            <Freshness asOf={query.data?.pages[0]?.as_of ?? null} liveness={liveness} />
          </>
        }
      />
      <FeedTable
        caption={t('tabs.requests')}
        columns={columns}
        query={query}
        rowKey={(line) => line.id}
        empty={
          Object.keys(filters).length > 0 ? (
            <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
          ) : (
            <EmptyState title={t('requests.none')} hint={t('requests.noneHint')} />
          )
        }
      />
    </Panel>
  );
}

function useRequestColumns(): readonly Column<UsageLine>[] {
  const { t } = useTranslation('activity');
  const { duration } = useNumbers();
  return [
    {
      id: 'route',
      title: t('requests.route'),
      cell: (line) => (
        <code>
          {line.method} {line.route} {line.model}
        </code>
      ),
      exported: (line) => `${line.method} ${line.route} ${line.model}`.trim(),
    },
    {
      id: 'status',
      title: t('requests.status'),
      cell: (line) => (
        <Tag tone={line.status >= 500 ? 'bad' : line.status >= 400 ? 'warn' : 'good'}>
          <bdi>{line.code === null ? line.status : `${line.status} ${line.code}`}</bdi>
        </Tag>
      ),
      exported: (line) => line.status,
    },
    {
      id: 'duration',
      title: t('requests.duration'),
      numeric: true,
      cell: (line) => duration(line.duration_ms),
      exported: (line) => line.duration_ms,
    },
    {
      id: 'upstream',
      title: t('requests.upstream'),
      numeric: true,
      cell: (line) => (line.upstream_ms === null ? null : duration(line.upstream_ms)),
      exported: (line) => line.upstream_ms,
    },
    {
      id: 'occurred_at',
      title: t('requests.time'),
      cell: (line) => <TimeText value={line.occurred_at} />,
      exported: (line) => line.occurred_at,
    },
    {
      id: 'correlation_id',
      title: t('requests.correlationId'),
      cell: (line) => (
        <span>
          <code>{line.correlation_id.slice(-12)}</code>
          <CopyButton text={line.correlation_id} label={t('requests.copy')} />
        </span>
      ),
      exported: (line) => line.correlation_id,
    },
  ];
}

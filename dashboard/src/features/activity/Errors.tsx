/** The tenant's errors, equal ones together, those seen last first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import styles from './activity.module.css';
import { errorsQuery } from './queries';
import type { ErrorGroup } from './queries';
import { SEVERITIES, errorFilters, readActivitySearch } from './search';

const route = getRouteApi('/app/activity');

const TONES: Record<ErrorGroup['severity'], Tone> = {
  low: 'neutral',
  medium: 'info',
  high: 'warn',
  critical: 'bad',
};

export function Errors() {
  const { t } = useTranslation('activity');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/activity' });
  const query = useInfiniteQuery({
    ...errorsQuery(useApi(), search),
    refetchInterval: useRenewal(15_000),
  });
  const liveness = useLiveness(query);
  const columns = useErrorColumns();
  const isFiltered = Object.keys(errorFilters(search)).length > 0;
  return (
    <Panel>
      <FilterBar
        text={search.search}
        textLabel={t('errors.find')}
        filters={[
          {
            id: 'severity',
            label: t('errors.severity'),
            value: search.severity,
            options: SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) })),
          },
          {
            id: 'open',
            label: t('errors.state'),
            value: search.open,
            options: [{ value: 'yes', label: t('errors.openOnly') }],
          },
        ]}
        onChange={(id, value) => {
          void navigate({ search: readActivitySearch({ ...search, [id]: value }) });
        }}
        onClear={() => {
          void navigate({ search: {} });
        }}
        aside={<Freshness asOf={query.data?.pages[0]?.as_of ?? null} liveness={liveness} />}
      />
      <FeedTable
        caption={t('tabs.errors')}
        columns={columns}
        query={query}
        rowKey={(group) => group.id}
        empty={
          isFiltered ? (
            <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
          ) : (
            <EmptyState title={t('errors.none')} hint={t('errors.noneHint')} />
          )
        }
      />
    </Panel>
  );
}

/** How an error is shown wherever a tenant sees one. */
export function useErrorColumns(): readonly Column<ErrorGroup>[] {
  const { t } = useTranslation('activity');
  const { count } = useNumbers();
  return [
    {
      id: 'message',
      title: t('errors.message'),
      cell: (group) => (
        <span>
          <bdi className={styles.message}>{group.message}</bdi>
          <span className={styles.where}>
            <Link
              to="/activity"
              search={{ tab: 'requests', route: group.route, answer: group.status_code >= 500 ? '5' : '4' }}
            >
              <code>
                {group.method} {group.route} {group.model}
              </code>
            </Link>
          </span>
        </span>
      ),
    },
    {
      id: 'code',
      title: t('errors.code'),
      cell: (group) => (
        <code>
          {group.status_code} {group.code}
        </code>
      ),
    },
    {
      id: 'severity',
      title: t('errors.severity'),
      cell: (group) => <Tag tone={TONES[group.severity]}>{t(`severity.${group.severity}`)}</Tag>,
    },
    {
      id: 'state',
      title: t('errors.state'),
      cell: (group) => (
        <Tag tone={group.resolved ? 'good' : 'neutral'}>
          {group.resolved ? t('errors.resolved') : t('errors.open')}
        </Tag>
      ),
    },
    {
      id: 'occurrences',
      title: t('errors.occurrences'),
      numeric: true,
      cell: (group) => count(group.occurrences),
    },
    {
      id: 'last_seen',
      title: t('errors.lastSeen'),
      cell: (group) => <TimeText value={group.last_seen} />,
    },
  ];
}

/** What went wrong, equal errors together: filter, group by code, open one, take away as CSV. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { saveFile } from '@/ui/table/csv';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';
import { TimeText } from '@/ui/TimeText';

import { boundsOf } from '../traffic/period';
import { PeriodChoice } from '../traffic/PeriodChoice';
import { TenantChoice } from '../traffic/TenantChoice';
import { TenantName } from '../traffic/TenantName';
import { useTenantNames } from '../traffic/tenantNames';
import { ErrorStateTag } from './ErrorStateTag';
import { FeedState } from './FeedState';
import styles from './logs.module.css';
import { errorFilters, errorSummaryQuery, errorsQuery, useFollowing } from './queries';
import type { ErrorGroup } from './queries';
import { ERRORS_USUAL, OFFERED, isNarrowed, readErrorSearch } from './search';
import type { ErrorSearch } from './search';
import { SEVERITIES, SeverityTag } from './SeverityTag';

const route = getRouteApi('/app/logs/errors');

const RENEW_MS = 10_000;

export function ErrorLogPage() {
  const { t } = useTranslation('logs');
  const api = useApi();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/logs/errors' });
  const options = errorsQuery(api, search);
  const { isFollowing, meta } = useFollowing(options.queryKey);
  const renewal = useRenewal(RENEW_MS);
  const query = useInfiniteQuery({
    ...options,
    meta,
    refetchInterval: isFollowing ? renewal : false,
  });
  const columns = useErrorColumns();
  const { span, from, to, state, ...filters } = search;
  const show = (change: Record<string, unknown>) => {
    void navigate({ search: readErrorSearch({ ...search, ...change }) });
  };
  return (
    <>
      <PageHeader title={t('errors.title')} subtitle={t('errors.subtitle')} />
      <Panel>
        <FilterBar
          text={search.search}
          textLabel={t('errors.find')}
          filters={[
            {
              id: 'severity',
              label: t('fields.severity'),
              value: search.severity,
              options: SEVERITIES.map((value) => ({ value, label: t(`severities.${value}`) })),
            },
            {
              id: 'state',
              label: t('fields.state'),
              none: t('errors.openOnly'),
              value: search.state,
              options: [{ value: 'all', label: t('errors.openAndResolved') }],
            },
          ]}
          isFiltered={isNarrowed(search)}
          onChange={(id, value) => {
            show({ [id]: value });
          }}
          onClear={() => {
            void navigate({ search: compact({ span, from, to }) });
          }}
          onExport={async () => {
            const bounds = boundsOf(search, ERRORS_USUAL, Date.now());
            saveFile(
              'errors.csv',
              await answer<Blob>(
                api.GET('/admin/logs/errors.csv', {
                  parseAs: 'blob',
                  params: { query: { ...errorFilters(search), ...bounds } },
                }),
              ),
            );
          }}
          aside={
            <FeedState query={query} queryKey={options.queryKey} isFollowing={isFollowing} />
          }
        >
          <PeriodChoice
            value={search}
            spans={OFFERED}
            usual={ERRORS_USUAL}
            onChange={(period) => {
              void navigate({ search: { ...filters, ...compact({ state }), ...period } });
            }}
          />
          <TenantChoice
            value={search.tenant}
            onChange={(tenant) => {
              show({ tenant });
            }}
          />
        </FilterBar>
        <Codes
          search={search}
          onCode={(code) => {
            show({ code });
          }}
        />
        <FeedTable
          caption={t('errors.title')}
          columns={columns}
          query={query}
          rowKey={(group) => group.id}
          empty={<NoErrors search={search} />}
        />
      </Panel>
    </>
  );
}

interface CodesProps {
  search: ErrorSearch;
  onCode: (code: string | undefined) => void;
}

const CODES_SHOWN = 8;

/** The codes of the period with how often each came; pressing one shows only its errors. */
function Codes({ search, onCode }: CodesProps) {
  const { t } = useTranslation('logs');
  const { count } = useNumbers();
  const query = useQuery({
    ...errorSummaryQuery(useApi(), search),
    refetchInterval: useRenewal(RENEW_MS),
  });
  const codes = Object.entries(query.data?.by_code ?? {}).slice(0, CODES_SHOWN);
  if (search.code !== undefined && !codes.some(([code]) => code === search.code)) {
    codes.push([search.code, query.data?.by_code[search.code] ?? 0]);
  }
  if (codes.length === 0) {
    return null;
  }
  return (
    <div role="group" aria-label={t('errors.byCode')} className={styles.groups}>
      <span className={styles.groupsTitle}>{t('errors.byCode')}</span>
      {codes.map(([code, times]) => (
        <button
          key={code}
          type="button"
          className={styles.group}
          aria-pressed={search.code === code}
          onClick={() => {
            onCode(search.code === code ? undefined : code);
          }}
        >
          <code>{code}</code> <b>{count(times)}</b>
        </button>
      ))}
    </div>
  );
}

function NoErrors({ search }: { search: ErrorSearch }) {
  const { t } = useTranslation('logs');
  const isNarrow = isNarrowed(search);
  return (
    <EmptyState
      title={isNarrow ? t('errors.noneFound') : t('errors.none')}
      hint={isNarrow ? t('errors.noneFoundHint') : t('errors.noneHint')}
      action={
        search.state === undefined && (
          <Link to="/logs/errors" search={{ ...search, state: 'all' }}>
            {t('errors.showResolved')}
          </Link>
        )
      }
    />
  );
}

function useErrorColumns(): readonly Column<ErrorGroup>[] {
  const { t } = useTranslation('logs');
  const { count } = useNumbers();
  const names = useTenantNames();
  return [
    {
      id: 'message',
      title: t('fields.message'),
      cell: (group) => (
        <Link
          to="/logs/errors/$errorId"
          params={{ errorId: group.id }}
          className={styles.request ?? ''}
        >
          <bdi>{group.message}</bdi>
        </Link>
      ),
    },
    {
      id: 'code',
      title: t('fields.code'),
      cell: (group) => <code className={styles.code}>{group.code}</code>,
    },
    {
      id: 'severity',
      title: t('fields.severity'),
      cell: (group) => <SeverityTag severity={group.severity} />,
    },
    {
      id: 'tenant',
      title: t('fields.tenant'),
      cell: (group) =>
        group.tenant_id === null ? (
          <span className={styles.faint}>{t('platform')}</span>
        ) : (
          <TenantName id={group.tenant_id} name={names.get(group.tenant_id)} />
        ),
    },
    {
      id: 'occurrences',
      title: t('fields.occurrences'),
      numeric: true,
      cell: (group) => count(group.occurrences),
    },
    {
      id: 'last_seen',
      title: t('fields.lastSeen'),
      cell: (group) => <TimeText value={group.last_seen} />,
    },
    {
      id: 'state',
      title: t('fields.state'),
      cell: (group) => <ErrorStateTag error={group} />,
    },
  ];
}

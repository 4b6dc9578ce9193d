/** Every answered request, newest first: filter, follow, drill down, take away as CSV. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { Tick } from '@/ui/form/fields';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { saveFile } from '@/ui/table/csv';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';
import { SearchText } from '@/ui/table/SearchText';

import { boundsOf } from '../traffic/period';
import { PeriodChoice } from '../traffic/PeriodChoice';
import { TenantChoice } from '../traffic/TenantChoice';
import { FeedState } from './FeedState';
import styles from './logs.module.css';
import { usageFilters, usageQuery, useFollowing } from './queries';
import { ANSWERS, METHODS, OFFERED, SLOWER, USAGE_USUAL, isNarrowed, readUsageSearch } from './search';
import type { UsageSearch } from './search';
import { useUsageColumns } from './usageColumns';

const route = getRouteApi('/app/logs/usage');

const RENEW_MS = 5_000;

export function UsageLogPage() {
  const { t } = useTranslation('logs');
  const api = useApi();
  const { duration } = useNumbers();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/logs/usage' });
  const options = usageQuery(api, search);
  const { isFollowing, meta } = useFollowing(options.queryKey);
  const renewal = useRenewal(RENEW_MS);
  const query = useInfiniteQuery({
    ...options,
    meta,
    refetchInterval: isFollowing ? renewal : false,
  });
  const columns = useUsageColumns();
  const { span, from, to, ...filters } = search;
  const show = (change: Record<string, unknown>) => {
    void navigate({ search: readUsageSearch({ ...search, ...change }) });
  };
  const clear = () => {
    void navigate({ search: compact({ span, from, to }) });
  };
  const answers: readonly string[] = ANSWERS;
  const answered = search.answer;
  return (
    <>
      <PageHeader title={t('usage.title')} subtitle={t('usage.subtitle')} />
      <Panel>
        <FilterBar
          code
          text={search.search}
          textLabel={t('usage.find')}
          filters={[
            {
              id: 'answer',
              label: t('fields.answer'),
              value: answered,
              options: [
                ...ANSWERS.map((value) => ({ value: value, label: t(`answers.${value}`) })),
                ...(answered === undefined || answers.includes(answered)
                  ? []
                  : [{ value: answered, label: answered }]),
              ],
            },
            {
              id: 'method',
              label: t('fields.method'),
              value: search.method,
              options: METHODS.map((value) => ({ value, label: value })),
            },
            {
              id: 'slower',
              label: t('fields.duration'),
              value: search.slower,
              options: SLOWER.map((value) => ({
                value,
                label: t('usage.slower', { time: duration(Number(value)) }),
              })),
            },
          ]}
          isFiltered={isNarrowed(search)}
          onChange={(id, value) => {
            show({ [id]: value });
          }}
          onClear={clear}
          onExport={async () => {
            const bounds = boundsOf(search, USAGE_USUAL, Date.now());
            saveFile(
              'usage.csv',
              await answer<Blob>(
                api.GET('/admin/logs/usage.csv', {
                  parseAs: 'blob',
                  params: { query: { ...usageFilters(search), ...bounds } },
                }),
              ),
            );
          }}
          aside={
            <FeedState
              query={query}
              queryKey={options.queryKey}
              isFollowing={isFollowing}
            />
          }
        >
          <PeriodChoice
            value={search}
            spans={OFFERED}
            usual={USAGE_USUAL}
            onChange={(period) => {
              void navigate({ search: { ...filters, ...period } });
            }}
          />
          <TenantChoice
            value={search.tenant}
            onChange={(tenant) => {
              show({ tenant });
            }}
          />
          <Tick
            value={search.staff === true}
            onChange={(isWanted) => {
              show({ staff: isWanted ? true : undefined });
            }}
          >
            {t('usage.withStaff')}
          </Tick>
          <SearchText
            code
            className={styles.text ?? ''}
            label={t('fields.route')}
            value={search.route ?? ''}
            onChange={(text) => {
              show({ route: text });
            }}
          />
          <SearchText
            code
            className={styles.text ?? ''}
            label={t('fields.model')}
            value={search.model ?? ''}
            onChange={(text) => {
              show({ model: text });
            }}
          />
        </FilterBar>
        <FeedTable
          caption={t('usage.title')}
          columns={columns}
          query={query}
          rowKey={(line) => line.id}
          empty={<NoRequests search={search} onClear={clear} />}
        />
      </Panel>
    </>
  );
}

function NoRequests({ search, onClear }: { search: UsageSearch; onClear: () => void }) {
  const { t } = useTranslation(['logs', 'common']);
  return isNarrowed(search) ? (
    <EmptyState
      title={t('usage.noneFound')}
      hint={t('usage.noneFoundHint')}
      action={
        <button type="button" className={styles.link} onClick={onClear}>
          {t('common:table.clearFilters')}
        </button>
      }
    />
  ) : (
    <EmptyState title={t('usage.none')} hint={t('usage.noneHint')} />
  );
}

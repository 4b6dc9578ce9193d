/** What the platform did in any period, beside the period before it. */
import { ClearOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Section } from '@/ui/Section';
import { Stack } from '@/ui/Stack';
import { compact } from '@/ui/table/listSearch';
import { SearchText } from '@/ui/table/SearchText';
import { Tick } from '@/ui/form/fields';

import { RequestsChart } from '../traffic/RequestsChart';
import { PeriodChoice } from '../traffic/PeriodChoice';
import { TenantChoice } from '../traffic/TenantChoice';
import { ResponseTimesChart } from './ResponseTimesChart';
import styles from './AnalyticsPage.module.css';
import { Answers } from './Answers';
import { Loaded } from './Loaded';
import { requestsBeforeQuery, requestsQuery, responseTimesQuery } from './queries';
import { METHODS, OFFERED, USUAL, readAnalyticsSearch, withoutCompare } from './search';
import type { AnalyticsSearch } from './search';
import { TopEndpoints, TopModels, TopTenants } from './Tops';
import { Totals } from './Totals';

const route = getRouteApi('/app/analytics');

export function AnalyticsPage() {
  const { t } = useTranslation('analytics');
  const search = route.useSearch();
  const query = useQuery(requestsQuery(useApi(), search));
  const hasSubject = [search.tenant, search.method, search.route, search.model].some(
    (part) => part !== undefined,
  );
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Freshness
            asOf={query.data?.as_of ?? null}
            liveness={query.isError ? 'failing' : 'polling'}
          />
        }
      />
      <Stack>
        <Filters search={search} />
        <Loaded query={query} lines={5}>
          {(series) => <Totals series={series} />}
        </Loaded>
        <Requests search={search} />
        <div className={styles.halves}>
          <Answers search={search} />
          <ResponseTimes search={search} />
        </div>
        {!hasSubject && <TopTenants search={search} />}
        <div className={styles.halves}>
          <TopEndpoints search={search} />
          <TopModels search={search} />
        </div>
      </Stack>
    </>
  );
}

function Filters({ search }: { search: AnalyticsSearch }) {
  const { t } = useTranslation(['analytics', 'common']);
  const navigate = useNavigate({ from: '/analytics' });
  const show = (change: { [Key in keyof AnalyticsSearch]?: AnalyticsSearch[Key] | undefined }) => {
    void navigate({ search: readAnalyticsSearch({ ...search, ...change }) });
  };
  const { span, from, to, compare, ...subject } = search;
  return (
    <Panel>
      <div role="search" className={styles.filters}>
        <PeriodChoice
          value={search}
          spans={OFFERED}
          usual={USUAL}
          onChange={(period) => {
            void navigate({ search: compact({ ...subject, compare, ...period }) });
          }}
        />
        <TenantChoice
          value={search.tenant}
          onChange={(tenant) => {
            show({ tenant });
          }}
        />
        <Choice
          label={t('method')}
          value={search.method ?? ''}
          options={[
            { value: '', label: t('common:table.any', { what: t('method') }) },
            ...METHODS.map((method) => ({ value: method, label: method })),
          ]}
          onChange={(method) => {
            show({ method: METHODS.find((one) => one === method) });
          }}
        />
        <SearchText
          code
          className={styles.text ?? ''}
          label={t('endpoint')}
          value={search.route ?? ''}
          onChange={(text) => {
            show({ route: text });
          }}
        />
        <SearchText
          code
          className={styles.text ?? ''}
          label={t('model')}
          value={search.model ?? ''}
          onChange={(text) => {
            show({ model: text });
          }}
        />
        {Object.keys(subject).length > 0 && (
          <Button
            type="text"
            icon={<ClearOutlined aria-hidden />}
            onClick={() => {
              void navigate({ search: compact({ span, from, to, compare }) });
            }}
          >
            {t('common:table.clearFilters')}
          </Button>
        )}
      </div>
    </Panel>
  );
}

function Requests({ search }: { search: AnalyticsSearch }) {
  const { t } = useTranslation('analytics');
  const api = useApi();
  const navigate = useNavigate({ from: '/analytics' });
  const isCompared = search.compare === true;
  const query = useQuery(requestsQuery(api, search));
  const before = useQuery({ ...requestsBeforeQuery(api, search), enabled: isCompared });
  const isDaily = query.data?.interval === 'day';
  return (
    <Section
      title={isDaily ? t('requests.byDay') : t('requests.byHour')}
      aside={
        <Tick
          value={isCompared}
          onChange={(isTicked) => {
            const plain = withoutCompare(search);
            void navigate({ search: isTicked ? { ...plain, compare: true } : plain });
          }}
        >
          {t('requests.compare')}
        </Tick>
      }
    >
      <Loaded query={query} lines={6}>
        {(series) =>
          series.total.requests === 0 && !isCompared ? (
            <EmptyState title={t('none')} hint={t('noneHint')} />
          ) : (
            <RequestsChart
              points={series.points}
              interval={series.interval}
              before={isCompared ? before.data?.points : undefined}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function ResponseTimes({ search }: { search: AnalyticsSearch }) {
  const { t } = useTranslation('analytics');
  const query = useQuery(responseTimesQuery(useApi(), search));
  return (
    <Section title={t('times.title')}>
      <Loaded query={query} lines={6}>
        {(times) =>
          times.total.requests === 0 ? (
            <EmptyState title={t('none')} hint={t('noneHint')} />
          ) : (
            <ResponseTimesChart hours={times.hours} />
          )
        }
      </Loaded>
    </Section>
  );
}

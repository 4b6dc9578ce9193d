/** Work in the background: what waits, runs and failed, and what runs by itself. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Figure, Figures } from '@/ui/Figure';
import { Freshness } from '@/ui/Freshness';
import { Notice } from '@/ui/Notice';
import { PageHeader } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { TabLinks } from '@/ui/TabLinks';

import { JobList } from './JobList';
import styles from './JobsPage.module.css';
import { RENEW_MS, jobCountsQuery } from './queries';
import { Schedule } from './Schedule';
import { TABS } from './search';

const route = getRouteApi('/app/jobs');

export function JobsPage() {
  const { t } = useTranslation('jobs');
  const navigate = useNavigate({ from: '/jobs' });
  const search = route.useSearch();
  const { tab = 'jobs' } = search;
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={<CountsFreshness />} />
      <Counts />
      <TabLinks
        label={t('parts')}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          void navigate({ search: value === 'schedule' ? { tab: value } : {} });
        }}
      >
        {tab === 'schedule' ? <Schedule /> : <JobList search={search} />}
      </TabLinks>
    </>
  );
}

function useCounts() {
  return useQuery({ ...jobCountsQuery(useApi()), refetchInterval: RENEW_MS });
}

function CountsFreshness() {
  const query = useCounts();
  return (
    <Freshness
      asOf={query.dataUpdatedAt || null}
      liveness={query.isError ? 'failing' : 'polling'}
    />
  );
}

function Counts() {
  const { t } = useTranslation('jobs');
  const { count } = useNumbers();
  const query = useCounts();
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={2} />
    );
  }
  const { todo, doing, failed, cancelled, aborted, workers } = query.data;
  return (
    <div className={styles.counts}>
      {workers === 0 && (
        <Notice title={t('noWorker')}>{t('noWorkerHint')}</Notice>
      )}
      <Figures>
        <Figure label={t('status.todo')} value={count(todo)} />
        <Figure label={t('status.doing')} value={count(doing)} />
        <Figure
          label={t('status.failed')}
          value={count(failed)}
          tone={failed > 0 ? 'bad' : 'plain'}
        />
        <Figure label={t('givenUp')} value={count(cancelled + aborted)} />
        <Figure
          label={t('workers')}
          value={count(workers)}
          tone={workers === 0 ? 'bad' : 'plain'}
        />
      </Figures>
    </div>
  );
}

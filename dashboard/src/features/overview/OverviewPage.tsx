/** The platform at a glance: what needs attention, traffic, tenants, health. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { Change } from '@/ui/Change';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Figure, Figures } from '@/ui/Figure';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';

import { RequestsChart } from '../traffic/RequestsChart';
import { Attention } from './Attention';
import styles from './OverviewPage.module.css';
import { PlatformHealth } from './PlatformHealth';
import { lastDayQuery, overviewQuery } from './queries';
import type { Platform } from './queries';
import { TenantStates } from './TenantStates';
import { TopErrors } from './TopErrors';
import { TopTenants } from './TopTenants';

/** How often figures are read while the server does not tell of traffic, in milliseconds. */
export const RENEW_MS = 15_000;

export function OverviewPage() {
  const { t } = useTranslation('overview');
  const isAllowed = useMay();
  const mayPlatform = isAllowed('platform:read');
  const query = useQuery({
    ...overviewQuery(useApi(), mayPlatform),
    refetchInterval: useRenewal(RENEW_MS),
  });
  const liveness = useLiveness(query);
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={<Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />}
      />
      <Stack>
        <Attention overview={query.data} />
        {query.data === undefined ? (
          query.isError ? (
            <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton lines={5} />
          )
        ) : (
          <DayFigures overview={query.data} />
        )}
        <Traffic />
        <div className={styles.halves}>
          <Stack>
            <TopTenants />
            {query.data !== undefined && <TenantStates overview={query.data} />}
          </Stack>
          <Stack>
            {isAllowed('logs:read') && <TopErrors />}
            {mayPlatform && <PlatformHealth platform={query.data} />}
          </Stack>
        </div>
      </Stack>
    </>
  );
}

function DayFigures({ overview }: { overview: Pick<Platform, 'last_24h' | 'previous_24h' | 'requests_today' | 'active_tenants'> }) {
  const { t } = useTranslation('overview');
  const { count, share, duration } = useNumbers();
  const { last_24h: now, previous_24h: before } = overview;
  const requests = now.requests;
  const earlier = before.requests;
  const time = (value: number | null | undefined) => (value == null ? null : duration(value));
  const wasTime = (value: number | null | undefined) =>
    value == null ? undefined : t('before', { value: duration(value) });
  return (
    <Section title={t('figures.title')}>
      <Figures>
        <Figure
          label={t('figures.requests')}
          value={count(requests)}
          note={
            <>
              {earlier > 0 && <Change now={requests} before={earlier} />}{' '}
              {t('before', { value: count(earlier) })}
            </>
          }
        />
        <Figure
          label={t('figures.errors')}
          value={requests === 0 ? null : share(now.error_rate)}
          note={t('figures.errorCounts', {
            refused: count(now.status_4xx),
            failed: count(now.status_5xx),
          })}
          tone={now.status_5xx > 0 ? 'bad' : 'plain'}
        />
        <Figure label={t('figures.p50')} value={time(now.p50_ms)} note={wasTime(before.p50_ms)} />
        <Figure label={t('figures.p95')} value={time(now.p95_ms)} note={wasTime(before.p95_ms)} />
        <Figure label={t('figures.p99')} value={time(now.p99_ms)} note={wasTime(before.p99_ms)} />
        <Figure
          label={t('figures.active')}
          value={count(overview.active_tenants)}
          note={t('figures.today', { value: count(overview.requests_today) })}
        />
      </Figures>
    </Section>
  );
}

function Traffic() {
  const { t } = useTranslation('overview');
  const query = useQuery({ ...lastDayQuery(useApi()), refetchInterval: useRenewal(RENEW_MS) });
  const liveness = useLiveness(query);
  return (
    <Section
      title={t('traffic.title')}
      aside={<Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />}
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={6} />
        )
      ) : query.data.total.requests === 0 ? (
        <EmptyState title={t('traffic.none')} hint={t('traffic.noneHint')} />
      ) : (
        <RequestsChart points={query.data.points} interval={query.data.interval} />
      )}
    </Section>
  );
}

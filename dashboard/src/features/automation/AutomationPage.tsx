/** A company's own automations: what ran, what failed, what was saved. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, lazy } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Skeleton } from '@/ui/Skeleton';
import { TabLinks } from '@/ui/TabLinks';

import { Loaded } from '../analytics/Loaded';
import styles from './automation.module.css';
import { metricsQuery } from './queries';
import { figuresOf } from './search';
import type { AutomationSearch } from './search';
import { beginning, ReadAt, ServerTroubles } from './State';

const route = getRouteApi('/app/automation');
const AutomationView = lazy(() => import('./AutomationView'));
const Executions = lazy(() => import('./Executions'));
const TABS = ['overview', 'executions'] as const;

export function AutomationPage() {
  const { t } = useTranslation('automation');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/automation' });
  const mayConnect = useMay()('connections:write');
  const query = useQuery(metricsQuery(useApi(), null, search));
  const liveness = useLiveness(query);
  const show = (changed: AutomationSearch) => {
    void navigate({ search: changed });
  };
  const tab = search.tab === 'executions' ? search.tab : 'overview';
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={
          <span className={styles.subtitle}>
            <span>{t('subtitle')}</span>
            {query.data !== undefined && <ReadAt servers={query.data.servers} />}
          </span>
        }
        actions={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      />
      <Loaded query={query} lines={10}>
        {(metrics) => {
          const begin = beginning({
            metrics,
            connect: mayConnect && (
              <ButtonLink to="/connections" look="primary">
                {t('begin.connect')}
              </ButtonLink>
            ),
          });
          return (
            <>
              <ServerTroubles servers={metrics.servers} mayChange={mayConnect} />
              {begin !== null ? (
                <Panel>{begin}</Panel>
              ) : (
                <TabLinks
                  label={t('tabs.label')}
                  value={tab}
                  tabs={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
                  onChange={(value) => {
                    const kept = figuresOf(search);
                    show(value === 'overview' ? kept : { ...kept, tab: value });
                  }}
                >
                  <Suspense fallback={<Skeleton lines={10} />}>
                    {tab === 'overview' ? (
                      <AutomationView
                        client={null}
                        metrics={metrics}
                        search={search}
                        onSearch={show}
                      />
                    ) : (
                      <Executions
                        client={null}
                        search={search}
                        onSearch={show}
                        from={metrics.period.from}
                      />
                    )}
                  </Suspense>
                </TabLinks>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

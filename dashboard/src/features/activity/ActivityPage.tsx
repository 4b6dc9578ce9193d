/** What a tenant's own calls came to: errors, the request log, figures by day. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { compact } from '@/ui/table/listSearch';
import { TabLinks } from '@/ui/TabLinks';

import styles from './activity.module.css';
import { Days } from './Days';
import { Errors } from './Errors';
import { useOfPlanQuery } from './queries';
import { Requests } from './Requests';
import { TABS } from './search';
import { UseOfPlan } from './UseOfPlan';

const route = getRouteApi('/app/activity');
const PANELS = { errors: Errors, requests: Requests, days: Days };

export function ActivityPage() {
  const { t } = useTranslation('activity');
  const { tab = 'errors' } = route.useSearch();
  const navigate = useNavigate({ from: '/activity' });
  const use = useQuery({ ...useOfPlanQuery(useApi()), refetchInterval: useRenewal(15_000) });
  const liveness = useLiveness(use);
  const Panel = PANELS[tab];
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <div className={styles.use}>
        <Section
          title={t('use.title')}
          aside={<Freshness asOf={use.data?.as_of ?? null} liveness={liveness} />}
        >
          {use.data === undefined ? (
            use.isError ? (
              <ErrorPanel compact error={use.error} onRetry={() => void use.refetch()} />
            ) : (
              <Skeleton lines={3} />
            )
          ) : (
            <UseOfPlan use={use.data} />
          )}
        </Section>
      </div>
      <TabLinks
        label={t('parts')}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          void navigate({ search: compact({ tab: value === 'errors' ? undefined : value }) });
        }}
      >
        <Panel />
      </TabLinks>
    </>
  );
}

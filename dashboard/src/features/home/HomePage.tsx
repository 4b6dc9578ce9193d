/** Where people of a tenant begin: is Odoo there, what is used of the plan, what went wrong. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { Traffic } from '@/features/tenants/Traffic';
import { useApi } from '@/api/context';
import { useErrorColumns } from '@/features/activity/Errors';
import { daysQuery, recentErrorsQuery, useOfPlanQuery } from '@/features/activity/queries';
import { UseOfPlan } from '@/features/activity/UseOfPlan';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay, useMe } from '@/session/context';
import { pagesOf } from '@/shell/navigation';
import { roleName } from '@/shell/person';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';

import styles from './home.module.css';
import { OdooState } from './OdooState';

export function HomePage() {
  const { t } = useTranslation('home');
  const { t: inShell } = useTranslation('shell');
  const me = useMe();
  const isAllowed = useMay();
  return (
    <>
      <PageHeader
        title={me.tenant?.name ?? t('noTenant')}
        subtitle={
          <>
            <bdi>{me.full_name}</bdi> · {roleName(inShell, me.role)}
          </>
        }
      />
      <Stack>
        {isAllowed('connections:read') && <OdooState />}
        {isAllowed('usage:read') && (
          <>
            <Limits />
            <div className={styles.halves}>
              <RecentErrors />
              <LastDays />
            </div>
          </>
        )}
        {!isAllowed('usage:read') && <Places />}
      </Stack>
    </>
  );
}

/** For those who may see no figures: where they can go. */
function Places() {
  const { t } = useTranslation(['home', 'shell']);
  const me = useMe();
  const pages = pagesOf(me).filter(({ to }) => to !== '/home');
  return (
    <Section title={t('places')}>
      <ul className={styles.places}>
        {pages.map(({ to, name, icon: Icon }) => (
          <li key={to}>
            <Link to={to}>
              <Icon aria-hidden /> {t(`shell:pages.${name}`)}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Limits() {
  const { t } = useTranslation('home');
  const query = useQuery({ ...useOfPlanQuery(useApi()), refetchInterval: useRenewal(15_000) });
  const liveness = useLiveness(query);
  return (
    <Section
      title={query.data === undefined ? t('limits') : t('limitsOf', { plan: query.data.plan_name })}
      aside={<Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />}
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={3} />
        )
      ) : (
        <UseOfPlan use={query.data} />
      )}
    </Section>
  );
}

function RecentErrors() {
  const { t } = useTranslation('home');
  const query = useQuery({ ...recentErrorsQuery(useApi()), refetchInterval: useRenewal(15_000) });
  const liveness = useLiveness(query);
  const columns = useErrorColumns().filter(({ id }) =>
    ['message', 'occurrences', 'last_seen'].includes(id),
  );
  return (
    <Section
      flush
      title={t('errors.title')}
      aside={
        <>
          <Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />
          <Link to="/activity">{t('errors.all')}</Link>
        </>
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )
      ) : query.data.items.length === 0 ? (
        <EmptyState title={t('errors.none')} hint={t('errors.noneHint')} />
      ) : (
        <Rows
          caption={t('errors.title')}
          columns={columns}
          rows={query.data.items}
          rowKey={(group) => group.id}
        />
      )}
    </Section>
  );
}

function LastDays() {
  const { t } = useTranslation('home');
  const query = useQuery({ ...daysQuery(useApi(), 14), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  return (
    <Section
      title={t('traffic.title')}
      aside={
        <>
          <Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />
          <Link to="/activity" search={{ tab: 'days' }}>
            {t('traffic.table')}
          </Link>
        </>
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={6} />
        )
      ) : (
        <Traffic days={query.data.items} />
      )}
    </Section>
  );
}

/** How a tenant is doing: figures, traffic, its plan and its Odoo. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { UseOfPlan } from '@/features/activity/UseOfPlan';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Figure, Figures } from '@/ui/Figure';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { TimeText } from '@/ui/TimeText';

import { Traffic } from '../Traffic';
import { useCheckTenant } from '../changes';
import { CheckResult } from '../CheckResult';
import { RENEW_MS, plansQuery, tenantDaysQuery, tenantFiguresQuery, tenantUseQuery } from '../queries';
import type { Tenant } from '../queries';
import { ConnectionStatusTag } from '../StatusTag';
import styles from '../TenantPage.module.css';
import type { PanelProps } from './panel';

export default function Overview({ tenant }: PanelProps) {
  const isAllowed = useMay();
  return (
    <div className={styles.stack}>
      {isAllowed('usage:read') && <Use tenant={tenant} />}
      {isAllowed('usage:read') && <UseNow tenant={tenant} />}
      <OdooConnection tenant={tenant} />
      <Plan tenant={tenant} />
    </div>
  );
}

function Use({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const { count, share, duration } = useNumbers();
  const api = useApi();
  const refetchInterval = useRenewal(RENEW_MS);
  const figures = useQuery({ ...tenantFiguresQuery(api, tenant.id), refetchInterval });
  const days = useQuery({ ...tenantDaysQuery(api, tenant.id), refetchInterval });
  const liveness = useLiveness(figures, days);
  if (figures.data === undefined) {
    return figures.isError ? (
      <ErrorPanel error={figures.error} onRetry={() => void figures.refetch()} />
    ) : (
      <Skeleton lines={4} />
    );
  }
  const { total, previous, open_errors, as_of } = figures.data;
  const time = (value: number | null | undefined) => (value == null ? null : duration(value));
  const before = (value: string) => t('figures.before', { value });
  const today = days.data?.items.at(-1);
  const dailyLimit = tenant.max_requests_per_day;
  return (
    <>
      <Section
        title={t('figures.title')}
        aside={<Freshness asOf={as_of} liveness={liveness} />}
      >
        <Figures>
          <Figure
            label={t('figures.today')}
            value={today === undefined ? null : count(today.requests)}
            note={dailyLimit === null ? undefined : t('figures.ofLimit', { limit: count(dailyLimit) })}
          />
          <Figure
            label={t('figures.requests')}
            value={count(total.requests)}
            note={before(count(previous.requests))}
          />
          <Figure
            label={t('figures.errorRate')}
            value={total.requests === 0 ? null : share(total.error_rate)}
            note={previous.requests === 0 ? undefined : before(share(previous.error_rate))}
          />
          <Figure label={t('figures.p50')} value={time(total.p50_ms)} />
          <Figure label={t('figures.p95')} value={time(total.p95_ms)} />
          <Figure
            label={t('figures.openErrors')}
            value={count(Object.values(open_errors).reduce((sum, one) => sum + one, 0))}
            tone={Object.values(open_errors).some((one) => one > 0) ? 'bad' : 'plain'}
          />
        </Figures>
      </Section>
      <Section title={t('traffic.title')}>
        {days.data === undefined ? (
          days.isError ? (
            <ErrorPanel error={days.error} onRetry={() => void days.refetch()} />
          ) : (
            <Skeleton lines={6} />
          )
        ) : (
          <Traffic days={days.data.items} />
        )}
      </Section>
    </>
  );
}

/** How much of its limits the tenant has used up, at this moment. */
function UseNow({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const query = useQuery({
    ...tenantUseQuery(useApi(), tenant.id),
    refetchInterval: useRenewal(RENEW_MS),
  });
  const liveness = useLiveness(query);
  return (
    <Section
      title={t('useNow')}
      aside={<Freshness asOf={query.data?.as_of ?? null} liveness={liveness} />}
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={2} />
        )
      ) : (
        <UseOfPlan use={query.data} />
      )}
    </Section>
  );
}

function OdooConnection({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const isAllowed = useMay();
  const check = useCheckTenant(tenant.id);
  const code = (value: string | null | undefined) => (value == null ? null : <code>{value}</code>);
  if (tenant.connection_id == null) {
    return (
      <Section title={t('form.odoo')}>
        <p>{t('connection.noneHint')}</p>
      </Section>
    );
  }
  return (
    <Section
      title={t('form.odoo')}
      aside={
        isAllowed('connections:write') && (
          <Button
            size="small"
            loading={check.isPending}
            onClick={() => {
              check.mutate();
            }}
          >
            {t('check.button')}
          </Button>
        )
      }
    >
      <div className={styles.stack}>
        <Facts
          none={t('notSet')}
          items={[
            {
              label: t('fields.status'),
              value: <ConnectionStatusTag status={tenant.connection_status ?? 'unknown'} />,
            },
            { label: t('fields.odooUrl'), value: code(tenant.odoo_url) },
            { label: t('fields.odooDatabase'), value: code(tenant.odoo_database) },
            { label: t('fields.odooUsername'), value: code(tenant.odoo_username) },
            { label: t('fields.odooVersion'), value: code(tenant.odoo_version) },
          ]}
        />
        {check.isError && <ErrorPanel compact error={check.error} />}
        {check.data !== undefined && <CheckResult check={check.data} />}
      </div>
    </Section>
  );
}

function Plan({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const { count } = useNumbers();
  const plans = useQuery({ ...plansQuery(useApi()), enabled: useMay()('plans:read') });
  const plan = plans.data?.items.find(({ id }) => id === tenant.plan_id);
  const limit = (own: number | null, ofPlan: number | null | undefined) => {
    if (own !== null) {
      return t('limits.own', { limit: count(own) });
    }
    return ofPlan === undefined ? null : ofPlan === null ? t('unlimited') : count(ofPlan);
  };
  const list = (values: readonly string[] | null, none: string) =>
    values === null ? none : <bdi>{values.join(', ')}</bdi>;
  return (
    <Section title={t('limits.title')}>
      <Facts
        none={t('notSet')}
        items={[
          { label: t('fields.plan'), value: <bdi>{tenant.plan_name}</bdi> },
          { label: t('fields.tier'), value: t(`tier.${tenant.tier}`) },
          {
            label: t('fields.max_requests_per_day'),
            value: limit(tenant.max_requests_per_day, plan?.max_requests_per_day),
          },
          {
            label: t('fields.max_requests_per_hour'),
            value: limit(tenant.max_requests_per_hour, plan?.max_requests_per_hour),
          },
          {
            label: t('fields.burst_limit'),
            value: limit(tenant.burst_limit, plan?.burst_limit),
          },
          { label: t('fields.max_users'), value: limit(tenant.max_users, plan?.max_users) },
          { label: t('fields.allowedModels'), value: list(tenant.allowed_models, t('all')) },
          { label: t('fields.allowedFeatures'), value: list(tenant.allowed_features, t('all')) },
          { label: t('fields.timeZone'), value: <code>{tenant.time_zone}</code> },
          {
            label: t('fields.contact'),
            value: tenant.contact_email === null ? null : <bdi>{tenant.contact_email}</bdi>,
          },
          { label: t('fields.created'), value: <TimeText value={tenant.created_at} /> },
          { label: t('fields.id'), value: <code>{tenant.id}</code> },
        ]}
      />
    </Section>
  );
}

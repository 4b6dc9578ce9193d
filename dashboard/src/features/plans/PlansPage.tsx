/** What tenants can be on: every plan with its limits and price. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';

import { plansQuery } from './queries';
import type { Plan } from './queries';
import styles from './plans.module.css';

export function PlansPage() {
  const { t } = useTranslation('plans');
  const query = useQuery(plansQuery(useApi()));
  const mayWrite = useMay()('plans:write');
  const liveness = useLiveness(query);
  const columns = usePlanColumns(mayWrite);
  const create = mayWrite && (
    <ButtonLink look="primary" to="/plans/new" icon={<PlusOutlined aria-hidden />}>
      {t('create')}
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={create} />
      <Section
        flush
        title={t('all')}
        aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      >
        {query.data === undefined ? (
          query.isError ? (
            <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton lines={6} />
          )
        ) : query.data.items.length === 0 ? (
          <EmptyState title={t('none')} hint={t('noneHint')} action={create} />
        ) : (
          <Rows
            caption={t('title')}
            columns={columns}
            rows={query.data.items}
            rowKey={(plan) => plan.id}
          />
        )}
      </Section>
    </>
  );
}

function usePlanColumns(mayWrite: boolean): readonly Column<Plan>[] {
  const { t } = useTranslation('plans');
  const { count, bytes, money } = useNumbers();
  return useMemo(() => {
    const limit = (value: number | null, write = count) =>
      value === null ? <span className={styles.unlimited}>{t('unlimited')}</span> : write(value);
    return [
      {
        id: 'name',
        title: t('fields.name'),
        cell: (plan) => (
          <span className={styles.name}>
            {mayWrite ? (
              <Link to="/plans/$planId" params={{ planId: plan.id }}>
                <bdi>{plan.name}</bdi>
              </Link>
            ) : (
              <bdi>{plan.name}</bdi>
            )}
            <code>{plan.code}</code>
          </span>
        ),
      },
      {
        id: 'price',
        title: t('fields.price'),
        numeric: true,
        cell: (plan) => money(plan.price_minor, plan.currency),
      },
      { id: 'tier', title: t('fields.tier'), cell: (plan) => t(`tier.${plan.tier}`) },
      {
        id: 'day',
        title: t('fields.max_requests_per_day'),
        numeric: true,
        cell: (plan) => limit(plan.max_requests_per_day),
      },
      {
        id: 'hour',
        title: t('fields.max_requests_per_hour'),
        numeric: true,
        cell: (plan) => limit(plan.max_requests_per_hour),
      },
      {
        id: 'burst',
        title: t('fields.burst_limit'),
        numeric: true,
        cell: (plan) => limit(plan.burst_limit),
      },
      {
        id: 'users',
        title: t('fields.max_users'),
        numeric: true,
        cell: (plan) => limit(plan.max_users),
      },
      {
        id: 'storage',
        title: t('fields.storage'),
        numeric: true,
        cell: (plan) => limit(plan.max_storage_bytes, bytes),
      },
      {
        id: 'state',
        title: t('fields.state'),
        cell: (plan) => (
          <Tag tone={plan.is_active ? 'good' : 'neutral'}>
            {plan.is_active ? t('offered') : t('notOffered')}
          </Tag>
        ),
      },
    ];
  }, [t, count, bytes, money, mayWrite]);
}

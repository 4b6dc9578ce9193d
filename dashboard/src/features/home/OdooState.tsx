/** Whether the company's Odoo answers, and what to do when it does not. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { connectionsQuery, primaryOdoo, useTestStored } from '@/features/connection/queries';
import { CheckResult } from '@/features/tenants/CheckResult';
import { ConnectionStatusTag } from '@/features/tenants/StatusTag';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';

import styles from './home.module.css';

export function OdooState() {
  const { t } = useTranslation('home');
  const mayTest = useMay()('connections:write');
  const query = useQuery({ ...connectionsQuery(useApi()), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  const test = useTestStored();
  const odoo = query.data === undefined ? undefined : primaryOdoo(query.data.items);
  const url = odoo?.settings.url;
  return (
    <Section
      title={t('odoo.title')}
      aside={
        <>
          <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
          {odoo !== undefined && mayTest && (
            <Button
              size="small"
              loading={test.isPending}
              onClick={() => {
                test.mutate();
              }}
            >
              {t('odoo.test')}
            </Button>
          )}
        </>
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={2} />
        )
      ) : odoo === undefined ? (
        <EmptyState
          title={t('odoo.none')}
          hint={t('odoo.noneHint')}
          action={mayTest && <Link to="/connections/new">{t('odoo.connect')}</Link>}
        />
      ) : (
        <Stack>
          <div className={styles.odoo}>
            <ConnectionStatusTag status={odoo.status} />
            {typeof url === 'string' && <code>{url}</code>}
            {odoo.server_version !== null && (
              <span className={styles.detail}>
                {t('odoo.version', { version: odoo.server_version })}
              </span>
            )}
            <span className={styles.detail}>
              {odoo.checked_at === null ? (
                t('odoo.notTested')
              ) : (
                <>
                  {t('odoo.tested')} <TimeText value={odoo.checked_at} />
                </>
              )}
            </span>
            <Link
              to="/connections/$connectionId"
              params={{ connectionId: odoo.id }}
              search={{ tab: 'settings' }}
            >
              {t('odoo.settings')}
            </Link>
          </div>
          {odoo.status_detail !== null && test.data === undefined && (
            <p className={styles.detail} dir="auto">
              {odoo.status_detail}
            </p>
          )}
          {test.isError && <ErrorPanel compact error={test.error} />}
          {test.data !== undefined && <CheckResult check={test.data} />}
        </Stack>
      )}
    </Section>
  );
}

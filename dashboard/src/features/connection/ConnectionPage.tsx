/** How the tenant's Odoo is reached, and as whom oneself is signed in there. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { CheckResult } from '@/features/tenants/CheckResult';
import { ConnectionStatusTag } from '@/features/tenants/StatusTag';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';

import { MyCredentials } from './MyCredentials';
import { OdooForm } from './OdooForm';
import { connectionsQuery, primaryOdoo, useTestStored } from './queries';
import type { Connection } from './queries';

export function ConnectionPage() {
  const { t } = useTranslation('connection');
  const isAllowed = useMay();
  const query = useQuery({
    ...connectionsQuery(useApi()),
    enabled: isAllowed('connections:read'),
    refetchInterval: useRenewal(30_000),
  });
  const liveness = useLiveness(query);
  const odoo = query.data === undefined ? undefined : primaryOdoo(query.data.items);
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack>
        {query.isError && (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        )}
        {isAllowed('connections:read') && query.isPending && <Skeleton lines={8} />}
        {odoo !== undefined && (
          <Stored
            odoo={odoo}
            freshness={<Freshness asOf={query.dataUpdatedAt} liveness={liveness} />}
          />
        )}
        {query.data !== undefined && isAllowed('connections:write') && (
          <OdooForm key={odoo?.updated_at ?? 'none'} odoo={odoo} />
        )}
        {query.data !== undefined && odoo === undefined && !isAllowed('connections:write') && (
          <Section title={t('odoo')}>{t('noneForReaders')}</Section>
        )}
        {isAllowed('gateway:read') && (odoo !== undefined || !isAllowed('connections:read')) && (
          <MyCredentials />
        )}
      </Stack>
    </>
  );
}

function Stored({ odoo, freshness }: { odoo: Connection; freshness: ReactNode }) {
  const { t } = useTranslation('connection');
  const isAllowed = useMay();
  const test = useTestStored();
  const setting = (name: string) => {
    const value = odoo.settings[name];
    return typeof value === 'string' && value !== '' ? <code>{value}</code> : null;
  };
  return (
    <Section
      title={t('state')}
      aside={
        <>
          {freshness}
          {isAllowed('connections:write') && (
            <Button
              size="small"
              loading={test.isPending}
              onClick={() => {
                test.mutate();
              }}
            >
              {t('testStored')}
            </Button>
          )}
        </>
      }
    >
      <Stack>
        <Facts
          none={t('notKnown')}
          items={[
            { label: t('fields.status'), value: <ConnectionStatusTag status={odoo.status} /> },
            {
              label: t('fields.detail'),
              value: odoo.status_detail === null ? null : <span dir="auto">{odoo.status_detail}</span>,
            },
            {
              label: t('fields.version'),
              value: odoo.server_version === null ? null : <code>{odoo.server_version}</code>,
            },
            {
              label: t('fields.checked'),
              value: odoo.checked_at === null ? t('never') : <TimeText value={odoo.checked_at} />,
            },
            { label: t('fields.url'), value: setting('url') },
            { label: t('fields.database'), value: setting('database') },
            { label: t('fields.username'), value: setting('username') },
            {
              label: t('fields.secret'),
              value:
                odoo.secret_set_at === null ? null : (
                  <>
                    {t('secretSet')} <TimeText value={odoo.secret_set_at} />
                  </>
                ),
            },
          ]}
        />
        {test.isError && <ErrorPanel compact error={test.error} />}
        {test.data !== undefined && <CheckResult check={test.data} />}
      </Stack>
    </Section>
  );
}

/** What the platform stands on, how full it is, and what it allows. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { PlatformHealth } from '@/features/overview/PlatformHealth';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { Meter } from '@/ui/Meter';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';

import styles from './platform.module.css';
import { partsQuery, periodicQuery, settingsQuery } from './queries';
import { SettingsList } from './SettingsList';

type Parts = components['schemas']['PlatformOut'];

const RENEW_MS = 15_000;

export function PlatformPage() {
  const { t } = useTranslation('platform');
  const isAllowed = useMay();
  const query = useQuery({ ...partsQuery(useApi()), refetchInterval: RENEW_MS });
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack>
        <PlatformHealth platform={query.data} />
        <Section
          title={t('use.title')}
          aside={
            <Freshness
              asOf={query.data?.as_of ?? null}
              liveness={query.isError ? 'failing' : 'polling'}
            />
          }
        >
          {query.data === undefined ? (
            query.isError ? (
              <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
            ) : (
              <Skeleton lines={3} />
            )
          ) : (
            <Use parts={query.data} />
          )}
        </Section>
        <Settings />
        <SettingsList />
        {isAllowed('jobs:read') && <Periodic />}
      </Stack>
    </>
  );
}

function Use({ parts }: { parts: Parts }) {
  const { t } = useTranslation('platform');
  const { bytes, count } = useNumbers();
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const { database, redis } = parts;
  const [connections, most] = [number(database.connections), number(database.max_connections)];
  const size = (value: unknown) => {
    const known = number(value);
    return known === null ? t('notKnown') : bytes(known);
  };
  return (
    <div className={styles.meters}>
      <Meter
        label={t('use.connections')}
        used={connections}
        limit={most}
        value={
          connections === null || most === null
            ? t('notKnown')
            : t('use.of', { used: count(connections), limit: count(most) })
        }
      />
      <Meter label={t('use.database')} used={null} limit={null} value={size(database.size_bytes)} />
      <Meter label={t('use.memory')} used={null} limit={null} value={size(redis.used_memory_bytes)} />
      <Meter label={t('use.storage')} used={null} limit={null} value={bytes(parts.storage_bytes)} />
    </div>
  );
}

/** Addresses of the API's own documents, served by every installation. */
const DOCUMENTS = { documentation: '/docs', openapi: '/openapi.json', metrics: '/metrics' } as const;

/** What the API tells about itself, and where limits and rights are set. */
function Settings() {
  const { t } = useTranslation('platform');
  const isAllowed = useMay();
  const settings = useQuery(settingsQuery(useApi()));
  const documents = (['documentation', 'openapi', 'metrics'] as const).map((name) => ({
    label: t(`settings.${name}`),
    value: (
      <a href={DOCUMENTS[name]} target="_blank" rel="noreferrer">
        <code>{DOCUMENTS[name]}</code>
      </a>
    ),
  }));
  return (
    <Section title={t('settings.title')}>
      <p className={styles.hint}>{t('settings.hint')}</p>
      <Facts
        none={t('notKnown')}
        items={[
          {
            label: t('settings.version'),
            value: settings.data === undefined ? null : <code>{settings.data.version}</code>,
          },
          ...documents,
          ...(isAllowed('plans:read')
            ? [{ label: t('settings.limits'), value: <Link to="/plans">{t('settings.plans')}</Link> }]
            : []),
          ...(isAllowed('staff:read')
            ? [{ label: t('settings.rights'), value: <Link to="/staff">{t('settings.staff')}</Link> }]
            : []),
        ]}
      />
    </Section>
  );
}

function Periodic() {
  const { t } = useTranslation('platform');
  const query = useQuery({ ...periodicQuery(useApi()), refetchInterval: 30_000 });
  return (
    <Section
      flush
      title={t('periodic.title')}
      aside={
        <Freshness
          asOf={query.dataUpdatedAt || null}
          liveness={query.isError ? 'failing' : 'polling'}
        />
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={6} />
        )
      ) : (
        <Rows
          caption={t('periodic.title')}
          rows={query.data}
          rowKey={(job) => job.name}
          columns={[
            { id: 'name', title: t('periodic.job'), cell: (job) => <code>{job.name}</code> },
            { id: 'cron', title: t('periodic.schedule'), cell: (job) => <code>{job.cron}</code> },
            {
              id: 'last_due',
              title: t('periodic.last'),
              cell: (job) =>
                job.last_due === null ? t('periodic.notYet') : <TimeText value={job.last_due} />,
            },
          ]}
        />
      )}
    </Section>
  );
}

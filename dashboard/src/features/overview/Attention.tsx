/** What somebody should look at now, worst first, each with the way there. */
import { CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { useNow } from '@/ui/useNow';

import { jobCountsQuery } from '../jobs/queries';
import { useTenantNames } from '../traffic/tenantNames';
import styles from './OverviewPage.module.css';
import { firingAlertsQuery, healthQuery, troubledConnectionsQuery } from './queries';
import type { Platform } from './queries';

/** From this part of all answers on, failures of ours are worth a look. */
const FAILED_SHARE = 0.01;
const SLOW_RENEW_MS = 30_000;
/** More alerts than this are only counted. */
const MOST_ALERTS = 5;

interface Item {
  key: string;
  tone: Tone;
  mark: string;
  text: ReactNode;
}

interface AttentionProps {
  overview: Pick<Platform, 'last_24h' | 'open_errors'> | undefined;
}

export function Attention({ overview }: AttentionProps) {
  const { t } = useTranslation('overview');
  const { items, isKnown, unknown } = useItems(overview);
  return (
    <Section title={t('attention.title')} flush={items.length > 0}>
      {items.length > 0 ? (
        <ul className={styles.items}>
          {items.map(({ key, tone, mark, text }) => (
            <li key={key}>
              <Tag tone={tone}>{mark}</Tag>
              <span className={styles.said}>{text}</span>
            </li>
          ))}
        </ul>
      ) : isKnown ? (
        <p className={styles.quiet}>
          <CheckCircleOutlined aria-hidden />
          {t('attention.none')}
        </p>
      ) : unknown ? (
        <p className={styles.quiet}>{t('attention.unknown')}</p>
      ) : (
        <Skeleton lines={2} />
      )}
    </Section>
  );
}

function useItems(overview: AttentionProps['overview']) {
  const { t } = useTranslation('overview');
  const api = useApi();
  const isAllowed = useMay();
  const { share } = useNumbers();
  const names = useTenantNames();
  const each = { refetchInterval: SLOW_RENEW_MS };
  const whenTold = { refetchInterval: useRenewal(SLOW_RENEW_MS) };
  const health = useQuery({ ...healthQuery(), ...each });
  const mayConnections = isAllowed('connections:read');
  const failing = useQuery({
    ...troubledConnectionsQuery(api, 'failing'),
    ...whenTold,
    enabled: mayConnections,
  });
  const refused = useQuery({
    ...troubledConnectionsQuery(api, 'reauthorise'),
    ...whenTold,
    enabled: mayConnections,
  });
  const now = useNow(SLOW_RENEW_MS);
  const mayAlerts = isAllowed('alerts:read');
  const alerts = useQuery({
    ...firingAlertsQuery(api, useLanguage().code),
    ...whenTold,
    enabled: mayAlerts,
  });
  const mayJobs = isAllowed('jobs:read');
  const jobs = useQuery({ ...jobCountsQuery(api), ...each, enabled: mayJobs });

  const items: Item[] = [];
  const bad = t('attention.urgent');
  const warn = t('attention.soon');
  for (const [part, { status, problem }] of Object.entries(health.data?.checks ?? {})) {
    if (status === 'failing') {
      items.push({
        key: `health ${part}`,
        tone: 'bad',
        mark: bad,
        text: (
          <>
            {t('attention.partFails', { part: nameOfPart(t, part) })}{' '}
            <span dir="auto" className={styles.detail}>
              {problem}
            </span>
          </>
        ),
      });
    }
  }
  if (jobs.data?.workers === 0) {
    items.push({
      key: 'workers',
      tone: 'bad',
      mark: bad,
      text: <Link to="/jobs">{t('attention.noWorker')}</Link>,
    });
  }
  // what somebody took on or muted needs nobody else
  const untouched = (alerts.data?.items ?? []).filter(
    ({ acknowledged_at, muted_until }) =>
      acknowledged_at === null && (muted_until === null || Date.parse(muted_until) <= now),
  );
  const worstFirst = [
    ...untouched.filter(({ severity }) => severity === 'critical'),
    ...untouched.filter(({ severity }) => severity !== 'critical'),
  ];
  for (const { id, severity, title, about_tenant } of worstFirst.slice(0, MOST_ALERTS)) {
    items.push({
      key: `alert ${id}`,
      tone: severity === 'critical' ? 'bad' : 'warn',
      mark: severity === 'critical' ? bad : warn,
      text: (
        <Link to="/alerts" search={{ status: 'firing' }}>
          {about_tenant !== null && (
            <>
              <bdi>{about_tenant}</bdi> ·{' '}
            </>
          )}
          <bdi>{title}</bdi>
        </Link>
      ),
    });
  }
  if (untouched.length > MOST_ALERTS) {
    items.push({
      key: 'alerts',
      tone: 'warn',
      mark: warn,
      text: (
        <Link to="/alerts" search={{ status: 'firing' }}>
          {t('attention.moreAlerts', { count: untouched.length - MOST_ALERTS })}
        </Link>
      ),
    });
  }
  for (const severity of ['critical', 'high'] as const) {
    const open = overview?.open_errors[severity] ?? 0;
    if (open > 0 && isAllowed('logs:read')) {
      items.push({
        key: severity,
        tone: severity === 'critical' ? 'bad' : 'warn',
        mark: severity === 'critical' ? bad : warn,
        text: (
          <Link to="/logs/errors" search={{ severity }}>
            {t(`attention.openErrors.${severity}`, { count: open })}
          </Link>
        ),
      });
    }
  }
  for (const [query, kind] of [
    [failing, 'failing'],
    [refused, 'reauthorise'],
  ] as const) {
    const total = query.data?.total ?? 0;
    if (total > 0) {
      items.push({
        key: kind,
        tone: 'warn',
        mark: warn,
        text: (
          <>
            {t(`attention.connections.${kind}`, { count: total })}{' '}
            {query.data?.items.map((connection, at) => (
              <span key={connection.id}>
                {at > 0 && ', '}
                <Link
                  to="/tenants/$tenantId"
                  params={{ tenantId: connection.tenant_id }}
                  search={{ tab: 'connections' }}
                >
                  <bdi>{names.get(connection.tenant_id) ?? connection.name}</bdi>
                </Link>
              </span>
            ))}
            {total > (query.data?.items.length ?? 0) && ' …'}
          </>
        ),
      });
    }
  }
  const answered = overview?.last_24h.requests ?? 0;
  const failed = overview?.last_24h.status_5xx ?? 0;
  if (answered > 0 && failed / answered >= FAILED_SHARE) {
    items.push({
      key: 'failures',
      tone: 'warn',
      mark: warn,
      text: (
        <Link to="/logs/usage" search={{ answer: '5xx', span: '24h' }}>
          {t('attention.failures', { share: share(failed / answered) })}
        </Link>
      ),
    });
  }
  if ((jobs.data?.failed ?? 0) > 0) {
    items.push({
      key: 'jobs',
      tone: 'warn',
      mark: warn,
      text: (
        <Link to="/jobs" search={{ status: 'failed' }}>
          {t('attention.failedJobs', { count: jobs.data?.failed ?? 0 })}
        </Link>
      ),
    });
  }
  const asked = [
    health,
    ...(mayConnections ? [failing, refused] : []),
    ...(mayAlerts ? [alerts] : []),
    ...(mayJobs ? [jobs] : []),
  ];
  return {
    items,
    isKnown: overview !== undefined && asked.every(({ data }) => data !== undefined),
    unknown: asked.some(({ isError, data }) => isError && data === undefined),
  };
}

type Translate = ReturnType<typeof useTranslation<'overview'>>['t'];

const PARTS = ['database', 'redis', 'disk'] as const;

/** The name of a part of the platform, or its own code for one that has none here. */
export function nameOfPart(t: Translate, part: string): string {
  const known = PARTS.find((one) => one === part);
  return known === undefined ? part : t(`health.parts.${known}`);
}

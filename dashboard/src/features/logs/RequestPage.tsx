/** One request, found by its correlation id: all that was written down about it. */
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { CopyButton } from '@/ui/CopyButton';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';

import { TenantName } from '../traffic/TenantName';
import { useTenantNames } from '../traffic/tenantNames';
import { AnswerTag } from './AnswerTag';
import styles from './logs.module.css';
import { Person } from './Person';
import { requestQuery } from './queries';
import type { UsageLine } from './queries';

const route = getRouteApi('/app/logs/usage/$correlationId');

export function RequestPage() {
  const { t } = useTranslation('logs');
  const { correlationId } = route.useParams();
  const query = useQuery(requestQuery(useApi(), correlationId));
  const lines = query.data?.items ?? [];
  return (
    <>
      <PageHeader
        title={t('request.title')}
        subtitle={
          <span className={styles.subtitle}>
            <span>
              <code>{correlationId}</code>
              <CopyButton text={correlationId} label={t('request.copy')} />
            </span>
            <Freshness asOf={query.data?.as_of ?? null} />
          </span>
        }
        back={{ to: '/logs/usage', label: t('usage.title') }}
      />
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={8} />
        )
      ) : lines.length === 0 ? (
        <EmptyState title={t('request.none')} hint={t('request.noneHint')} />
      ) : (
        <Stack>
          {lines.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </Stack>
      )}
    </>
  );
}

function Line({ line }: { line: UsageLine }) {
  const { t } = useTranslation('logs');
  const { bytes, duration } = useNumbers();
  const names = useTenantNames();
  const isAllowed = useMay();
  const code = (value: string) => (value === '' ? null : <code>{value}</code>);
  const { tenant_id: tenant, upstream_ms: upstream } = line;
  return (
    <Section
      title={`${line.method} ${line.route}`}
      aside={<AnswerTag status={line.status} code={line.code} />}
    >
      <Stack>
        <Time total={line.duration_ms} upstream={upstream} />
        <Facts
          none={t('request.notSet')}
          items={[
            { label: t('fields.time'), value: <TimeText value={line.occurred_at} /> },
            {
              label: t('fields.tenant'),
              value:
                tenant === null ? t('platform') : <TenantName id={tenant} name={names.get(tenant)} />,
            },
            {
              label: t('request.by'),
              value:
                line.actor_id === null ? (
                  <bdi>{line.actor_kind}</bdi>
                ) : (
                  <Person id={line.actor_id} otherwise={`${line.actor_kind} ${line.actor_id}`} />
                ),
            },
            { label: t('fields.model'), value: code(line.model) },
            { label: t('request.operation'), value: code(line.operation) },
            { label: t('request.path'), value: code(line.path) },
            { label: t('request.duration'), value: duration(line.duration_ms) },
            {
              label: t('request.upstream'),
              value: upstream === null ? null : duration(upstream),
            },
            { label: t('request.source'), value: code(line.source) },
            { label: t('request.received'), value: bytes(line.request_bytes) },
            { label: t('request.sent'), value: bytes(line.response_bytes) },
            { label: t('request.address'), value: code(line.client_address) },
            {
              label: t('request.agent'),
              value: line.user_agent === '' ? null : <bdi>{line.user_agent}</bdi>,
            },
          ]}
        />
        <p className={styles.links}>
          {line.code !== null && isAllowed('logs:read') && (
            <Link
              to="/logs/errors"
              search={{
                code: line.code,
                state: 'all',
                ...(tenant === null ? {} : { tenant }),
              }}
            >
              {t('request.errors')}
            </Link>
          )}
          <Link
            to="/logs/usage"
            search={{ route: line.route, ...(tenant === null ? {} : { tenant }) }}
          >
            {t('request.same')}
          </Link>
        </p>
      </Stack>
    </Section>
  );
}

/** Where the time went: in the connected system, and with us. */
function Time({ total, upstream }: { total: number; upstream: number | null }) {
  const { t } = useTranslation('logs');
  const { duration } = useNumbers();
  if (upstream === null || total <= 0) {
    return null;
  }
  const there = Math.min(upstream, total);
  return (
    <div>
      <div className={styles.time} aria-hidden="true">
        <span className={styles.there} style={{ flexGrow: there }} />
        <span className={styles.here} style={{ flexGrow: total - there }} />
      </div>
      <p className={styles.parts}>
        <span>
          <span className={`${styles.swatch} ${styles.there}`} aria-hidden="true" />
          {t('request.there', { time: duration(there) })}
        </span>
        <span>
          <span className={`${styles.swatch} ${styles.here}`} aria-hidden="true" />
          {t('request.here', { time: duration(total - there) })}
        </span>
      </p>
    </div>
  );
}

/** One error: what it is, where it came up, how it was settled. */
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';

import { TenantName } from '../traffic/TenantName';
import { useTenantNames } from '../traffic/tenantNames';
import { ErrorStateTag } from './ErrorStateTag';
import styles from './logs.module.css';
import { Person } from './Person';
import { errorQuery } from './queries';
import type { ErrorDetail } from './queries';
import { ReopenDialog, ResolveDialog } from './SettleDialogs';
import { SeverityTag } from './SeverityTag';

const route = getRouteApi('/app/logs/errors/$errorId');

export function ErrorPage() {
  const { t } = useTranslation('logs');
  const { errorId } = route.useParams();
  const query = useQuery({
    ...errorQuery(useApi(), errorId),
    refetchInterval: useRenewal(15_000),
  });
  const liveness = useLiveness(query);
  if (query.data === undefined) {
    return query.isError ? (
      <>
        <PageHeader
          title={t('error.title')}
          back={{ to: '/logs/errors', label: t('errors.title') }}
        />
        <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
      </>
    ) : (
      <Skeleton lines={10} />
    );
  }
  const error = query.data;
  return (
    <>
      <PageHeader
        title={error.message}
        mark={<ErrorStateTag error={error} />}
        subtitle={
          <span className={styles.subtitle}>
            <SeverityTag severity={error.severity} />
            <code>{error.code}</code>
            <Freshness asOf={query.dataUpdatedAt} liveness={liveness} />
          </span>
        }
        back={{ to: '/logs/errors', label: t('errors.title') }}
        actions={<Actions error={error} />}
      />
      <Stack>
        {error.resolved && <Resolution error={error} />}
        <About error={error} />
        <Lines error={error} />
      </Stack>
    </>
  );
}

function Actions({ error }: { error: ErrorDetail }) {
  const { t } = useTranslation('logs');
  const mayWrite = useMay()('logs:write');
  // which question is open: what it leads to changes the state of the error meanwhile
  const [asking, setAsking] = useState<'resolve' | 'reopen' | null>(null);
  if (!mayWrite) {
    return null;
  }
  const close = () => {
    setAsking(null);
  };
  return (
    <>
      <Button
        type={error.resolved ? 'default' : 'primary'}
        onClick={() => {
          setAsking(error.resolved ? 'reopen' : 'resolve');
        }}
      >
        {error.resolved ? t('error.reopen') : t('error.resolve')}
      </Button>
      {asking === 'resolve' && <ResolveDialog errorId={error.id} onClose={close} />}
      {asking === 'reopen' && <ReopenDialog errorId={error.id} onClose={close} />}
    </>
  );
}

function Resolution({ error }: { error: ErrorDetail }) {
  const { t } = useTranslation('logs');
  return (
    <Section title={t('error.resolution')}>
      <Stack>
        <p className={styles.notes} dir="auto">
          {error.resolution_notes}
        </p>
        <Facts
          none={t('request.notSet')}
          items={[
            {
              label: t('error.resolvedBy'),
              value:
                error.resolved_by === null ? null : (
                  <Person id={error.resolved_by} otherwise={error.resolved_by} />
                ),
            },
            {
              label: t('error.resolvedAt'),
              value: error.resolved_at === null ? null : <TimeText value={error.resolved_at} />,
            },
          ]}
        />
      </Stack>
    </Section>
  );
}

function About({ error }: { error: ErrorDetail }) {
  const { t } = useTranslation('logs');
  const { count } = useNumbers();
  const names = useTenantNames();
  const tenant = error.tenant_id;
  return (
    <Section title={t('error.about')}>
      <Stack>
        <Facts
          none={t('request.notSet')}
          items={[
            { label: t('fields.occurrences'), value: count(error.occurrences) },
            { label: t('error.firstSeen'), value: <TimeText value={error.first_seen} /> },
            { label: t('fields.lastSeen'), value: <TimeText value={error.last_seen} /> },
            {
              label: t('error.reopened'),
              value: error.reopened_at === null ? null : <TimeText value={error.reopened_at} />,
            },
            {
              label: t('fields.tenant'),
              value:
                tenant === null ? (
                  t('platform')
                ) : (
                  <TenantName id={tenant} name={names.get(tenant)} />
                ),
            },
            {
              label: t('fields.request'),
              value: (
                <code>
                  {error.method} {error.route}
                </code>
              ),
            },
            {
              label: t('fields.model'),
              value: error.model === '' ? null : <code>{error.model}</code>,
            },
            { label: t('fields.answer'), value: <code>{error.status_code}</code> },
          ]}
        />
        <p className={styles.links}>
          <Link
            to="/logs/usage"
            search={{
              route: error.route,
              answer: String(error.status_code),
              span: '7d',
              ...(tenant === null ? {} : { tenant }),
              ...(error.model === '' ? {} : { model: error.model }),
            }}
          >
            {t('error.requests')}
          </Link>
        </p>
      </Stack>
    </Section>
  );
}

function Lines({ error }: { error: ErrorDetail }) {
  const { t } = useTranslation('logs');
  const { count } = useNumbers();
  return (
    <Section flush title={t('error.lines')}>
      <Rows
        caption={t('error.lines')}
        rows={error.lines}
        rowKey={(line) => line.id}
        columns={[
          {
            id: 'time',
            title: t('fields.time'),
            cell: (line) => <TimeText value={line.occurred_at} />,
          },
          {
            id: 'message',
            title: t('fields.message'),
            cell: (line) => (
              <span className={styles.message} dir="auto">
                {line.message}
              </span>
            ),
          },
          {
            id: 'operation',
            title: t('request.operation'),
            cell: (line) => line.operation !== '' && <code>{line.operation}</code>,
          },
          {
            id: 'times',
            title: t('fields.occurrences'),
            numeric: true,
            cell: (line) => count(line.occurrences),
          },
          {
            id: 'context',
            title: t('error.context'),
            cell: (line) => <Context context={line.context} />,
          },
          {
            id: 'correlation',
            title: t('request.correlation'),
            cell: (line) => (
              <Link
                to="/logs/usage/$correlationId"
                params={{ correlationId: line.correlation_id }}
                title={line.correlation_id}
              >
                <code>{line.correlation_id.slice(-12)}</code>
              </Link>
            ),
          },
        ]}
      />
    </Section>
  );
}

/** What was known when it happened, closed until somebody wants it. */
function Context({ context }: { context: Record<string, unknown> }) {
  const { t } = useTranslation('logs');
  if (Object.keys(context).length === 0) {
    return null;
  }
  return (
    <details>
      <summary>{t('error.showContext')}</summary>
      <pre className={styles.context}>{JSON.stringify(context, null, 2)}</pre>
    </details>
  );
}

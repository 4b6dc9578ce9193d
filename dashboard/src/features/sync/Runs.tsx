/** A connection's runs, newest first, over the line of time they lie on. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness } from '@/query/live';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Stack } from '@/ui/Stack';
import { FeedTable } from '@/ui/table/FeedTable';
import type { Column } from '@/ui/table/column';
import { TimeText } from '@/ui/TimeText';

import { RESTING_MS, RUNNING_MS, isUnderWay, runsQuery } from './queries';
import type { Run } from './queries';
import { RUN_STATUSES } from './search';
import type { RunStatus } from './search';
import { useSpan } from './span';
import styles from './sync.module.css';
import { RunTag } from './Tags';
import { Timeline } from './Timeline';

interface RunsProps {
  connectionId: string;
  status: RunStatus | undefined;
  onStatus: (status: RunStatus | undefined) => void;
}

export function Runs({ connectionId, status, onStatus }: RunsProps) {
  const { t } = useTranslation('sync');
  const query = useInfiniteQuery({
    ...runsQuery(useApi(), connectionId, status),
    refetchInterval: ({ state: { data } }) =>
      data?.pages[0]?.items.some(isUnderWay) === true ? RUNNING_MS : RESTING_MS,
  });
  const liveness = useLiveness(query);
  const runs = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const columns = useRunColumns();
  return (
    <Stack>
      {runs.length > 0 && (
        <Section
          title={t('timeline')}
          aside={<Freshness asOf={query.dataUpdatedAt} liveness={liveness} />}
        >
          <Timeline runs={runs} />
        </Section>
      )}
      <Section
        flush
        title={t('runs')}
        aside={
          <Choice
            label={t('fields.status')}
            value={status ?? ''}
            options={[
              { value: '', label: t('anyStatus') },
              ...RUN_STATUSES.map((value) => ({ value, label: t(`run.${value}`) })),
            ]}
            onChange={(value) => {
              onStatus(RUN_STATUSES.find((one) => one === value));
            }}
          />
        }
      >
        <FeedTable
          caption={t('runs')}
          columns={columns}
          query={query}
          rowKey={(run) => run.id}
          empty={<EmptyState title={t('noRuns')} hint={t('noRunsHint')} />}
        />
      </Section>
    </Stack>
  );
}

function useRunColumns(): readonly Column<Run>[] {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const span = useSpan();
  return [
    {
      id: 'when',
      title: t('fields.started'),
      cell: (run) => (
        <span className={styles.named}>
          <Link
            to="/connections/$connectionId/runs/$runId"
            params={{ connectionId: run.connection_id, runId: run.id }}
          >
            {t(`kind.${run.kind}`)}
          </Link>
          <TimeText value={run.started_at ?? run.requested_at} />
        </span>
      ),
    },
    { id: 'status', title: t('fields.status'), cell: (run) => <RunTag status={run.status} /> },
    {
      id: 'trigger',
      title: t('fields.trigger'),
      cell: (run) => (
        <>
          {t(`trigger.${run.trigger}`)}
          {run.repeated > 0 && (
            <span className={styles.soft}> · {t('repeated', { count: run.repeated })}</span>
          )}
          {run.resumed > 0 && (
            <span className={styles.soft}> · {t('resumed', { count: run.resumed })}</span>
          )}
        </>
      ),
    },
    {
      id: 'read',
      title: t('fields.read'),
      numeric: true,
      cell: (run) => count(run.records_read),
    },
    {
      id: 'changed',
      title: t('fields.changed'),
      numeric: true,
      cell: (run) => count(run.changed),
    },
    {
      id: 'removed',
      title: t('fields.removed'),
      numeric: true,
      cell: (run) => count(run.removed),
    },
    {
      id: 'took',
      title: t('fields.took'),
      numeric: true,
      cell: (run) => (run.duration_seconds == null ? null : span(run.duration_seconds)),
    },
    {
      id: 'error',
      title: t('fields.error'),
      cell: (run) =>
        run.error_message == null ? null : (
          <span className={styles.brief} dir="auto" title={run.error_message}>
            {run.error_message}
          </span>
        ),
    },
  ];
}

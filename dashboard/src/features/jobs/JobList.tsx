import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { TimeText } from '@/ui/TimeText';

import { useMoveJob } from './changes';
import type { JobMove } from './changes';
import styles from './JobsPage.module.css';
import { JobStatusTag } from './JobStatusTag';
import { RENEW_MS, jobsQuery } from './queries';
import type { Job } from './queries';
import { STATUSES, readJobsSearch } from './search';
import type { JobsSearch } from './search';

interface Asking {
  job: Job;
  move: JobMove;
}

/** Jobs that wait, run or ended badly, newest first. Those that ended well are not kept. */
export function JobList({ search }: { search: JobsSearch }) {
  const { t } = useTranslation('jobs');
  const navigate = useNavigate({ from: '/jobs' });
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useInfiniteQuery({ ...jobsQuery(useApi(), search), refetchInterval: RENEW_MS });
  const columns = useJobColumns(setAsking);
  const isFiltered = search.status !== undefined || search.search !== undefined;
  const show = (wanted: JobsSearch) => {
    void navigate({ search: wanted });
  };
  return (
    <Panel>
      <FilterBar
        code
        text={search.search}
        textLabel={t('find')}
        filters={[
          {
            id: 'status',
            label: t('fields.status'),
            value: search.status,
            options: STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          },
        ]}
        onChange={(id, value) => {
          show(readJobsSearch({ ...search, [id]: value }));
        }}
        onClear={() => {
          show({});
        }}
        aside={
          <Freshness
            asOf={query.dataUpdatedAt || null}
            liveness={query.isError ? 'failing' : 'polling'}
          />
        }
      />
      <FeedTable
        caption={t('title')}
        columns={columns}
        query={query}
        rowKey={(job) => String(job.id)}
        empty={
          isFiltered ? (
            <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
          ) : (
            <EmptyState title={t('none')} hint={t('noneHint')} />
          )
        }
      />
      {asking !== null && (
        <MoveDialog
          {...asking}
          onClose={() => {
            setAsking(null);
          }}
        />
      )}
    </Panel>
  );
}

function MoveDialog({ job, move, onClose }: Asking & { onClose: () => void }) {
  const { t } = useTranslation('jobs');
  const change = useMoveJob(job.id, move);
  return (
    <ConfirmDialog
      title={t(`ask.${move}`, { name: job.name })}
      confirm={t(`actions.${move}`)}
      danger={move === 'cancel'}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => {
        change.mutate(undefined, { onSuccess: onClose });
      }}
      onCancel={onClose}
    >
      {t(`ask.${move}Means`)}
    </ConfirmDialog>
  );
}

function useJobColumns(onAsk: (asking: Asking) => void): readonly Column<Job>[] {
  const { t } = useTranslation('jobs');
  const { count } = useNumbers();
  const mayWrite = useMay()('jobs:write');
  const time = (value: string | null) => value !== null && <TimeText value={value} />;
  const columns: Column<Job>[] = [
    {
      id: 'name',
      title: t('fields.name'),
      cell: (job) => (
        <span className={styles.job}>
          <code className={styles.name}>{job.name}</code>
          <span className={styles.id}>{t('number', { id: job.id })}</span>
        </span>
      ),
    },
    {
      id: 'status',
      title: t('fields.status'),
      cell: (job) => <State job={job} />,
    },
    {
      id: 'attempts',
      title: t('fields.attempts'),
      numeric: true,
      cell: (job) =>
        job.max_attempts === null ? (
          count(job.attempts)
        ) : (
          <span className={styles.tries}>
            {t('ofTries', { used: count(job.attempts), all: count(job.max_attempts) })}
          </span>
        ),
    },
    {
      id: 'arguments',
      title: t('fields.arguments'),
      cell: (job) =>
        Object.keys(job.arguments).length > 0 && (
          <code className={styles.arguments} title={JSON.stringify(job.arguments, null, 2)}>
            {JSON.stringify(job.arguments)}
          </code>
        ),
    },
    { id: 'created', title: t('fields.created'), cell: (job) => time(job.created_at) },
    { id: 'scheduled', title: t('fields.scheduled'), cell: (job) => time(job.scheduled_at) },
    {
      id: 'changed',
      title: t('fields.changed'),
      // of one that waits, the latest event is the one it waits for
      cell: (job) => job.status !== 'todo' && time(job.changed_at),
    },
  ];
  if (mayWrite) {
    columns.push({
      id: 'actions',
      title: t('fields.actions'),
      cell: (job) => {
        const move: JobMove | null =
          job.status === 'todo' ? 'cancel' : job.status === 'doing' ? null : 'retry';
        return (
          move !== null && (
            <Button
              size="small"
              onClick={() => {
                onAsk({ job, move });
              }}
            >
              {t(`actions.${move}`)}
            </Button>
          )
        );
      },
    });
  }
  return columns;
}

/** Where a job is, why its last try ended badly, and when the next one is. */
function State({ job }: { job: Job }) {
  const { t } = useTranslation('jobs');
  return (
    <span className={styles.job}>
      <span>
        <JobStatusTag status={job.status} />
      </span>
      {job.failure != null && (
        <span className={styles.failure} dir="auto" title={job.failure.reason}>
          <code>{job.failure.kind}</code> {job.failure.reason}
        </span>
      )}
      {job.will_retry && job.retry_at !== null && (
        <span className={styles.id}>
          {t('again')} <TimeText value={job.retry_at} />
        </span>
      )}
    </span>
  );
}

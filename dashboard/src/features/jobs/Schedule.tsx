import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';
import { useNow } from '@/ui/useNow';

import { nextRun } from './cron';
import { periodicQuery } from './queries';

/** Jobs that run by themselves: how often, when last, when next. */
export function Schedule() {
  const { t } = useTranslation('jobs');
  const query = useQuery(periodicQuery(useApi()));
  const now = useNow(30_000);
  return (
    <Section
      flush
      title={t('schedule.title')}
      aside={
        <Freshness
          asOf={query.dataUpdatedAt || null}
          liveness={query.isError ? 'failing' : 'polling'}
        />
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={8} />
        )
      ) : query.data.length === 0 ? (
        <EmptyState title={t('schedule.none')} hint={t('schedule.noneHint')} />
      ) : (
        <Rows
          caption={t('schedule.title')}
          rows={query.data}
          rowKey={(job) => job.name}
          columns={[
            { id: 'name', title: t('fields.name'), cell: (job) => <code>{job.name}</code> },
            { id: 'cron', title: t('schedule.cron'), cell: (job) => <code>{job.cron}</code> },
            {
              id: 'last',
              title: t('schedule.last'),
              cell: (job) =>
                job.last_due === null ? t('schedule.never') : <TimeText value={job.last_due} />,
            },
            {
              id: 'next',
              title: t('schedule.next'),
              cell: (job) => {
                const next = nextRun(job.cron, now);
                return next === null ? null : <TimeText value={new Date(next).toISOString()} />;
              },
            },
          ]}
        />
      )}
    </Section>
  );
}

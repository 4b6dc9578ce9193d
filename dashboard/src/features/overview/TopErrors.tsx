import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';

import { SeverityTag } from '../logs/SeverityTag';
import { errorSummaryQuery } from './queries';

const SHOWN = 5;

/** The errors that came most often in the last 24 hours. */
export function TopErrors() {
  const { t } = useTranslation('overview');
  const { count } = useNumbers();
  const query = useQuery({ ...errorSummaryQuery(useApi()), refetchInterval: useRenewal(15_000) });
  return (
    <Section
      flush
      title={t('errors.title')}
      aside={<Link to="/logs/errors">{t('errors.more')}</Link>}
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )
      ) : query.data.most_frequent.length === 0 ? (
        <EmptyState title={t('errors.none')} hint={t('errors.noneHint')} />
      ) : (
        <Rows
          caption={t('errors.title')}
          rows={query.data.most_frequent.slice(0, SHOWN)}
          rowKey={(error) => error.id}
          columns={[
            {
              id: 'message',
              title: t('errors.message'),
              cell: (error) => (
                <Link to="/logs/errors/$errorId" params={{ errorId: error.id }}>
                  <bdi>{error.message}</bdi>
                </Link>
              ),
            },
            {
              id: 'severity',
              title: t('errors.severity'),
              cell: (error) => <SeverityTag severity={error.severity} />,
            },
            {
              id: 'times',
              title: t('errors.times'),
              numeric: true,
              cell: (error) => count(error.occurrences),
            },
            {
              id: 'seen',
              title: t('errors.seen'),
              cell: (error) => <TimeText value={error.last_seen} />,
            },
          ]}
        />
      )}
    </Section>
  );
}

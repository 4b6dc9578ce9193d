/** Figures of each day: as a chart, and as the table it is made of. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { Traffic } from '@/features/tenants/Traffic';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';

import { daysQuery } from './queries';

type Day = components['schemas']['DayFigures'];

export function Days() {
  const { t } = useTranslation('activity');
  const { tag } = useLanguage();
  const { count, share, duration } = useNumbers();
  const query = useQuery({ ...daysQuery(useApi(), 30), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  // days are days of UTC, whatever zone the person is in
  const name = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' });
  const time = (value: number | null | undefined) => (value == null ? t('days.noData') : duration(value));
  const columns: readonly Column<Day>[] = [
    {
      id: 'day',
      title: t('days.day'),
      cell: ({ day }) => name.format(Date.parse(`${day}T00:00:00Z`)),
    },
    {
      id: 'requests',
      title: t('days.requests'),
      numeric: true,
      cell: ({ requests }) => count(requests),
    },
    {
      id: 'errors',
      title: t('days.errors'),
      numeric: true,
      cell: ({ requests, errors, error_rate }) =>
        requests === 0 ? count(errors) : `${count(errors)} (${share(error_rate)})`,
    },
    { id: 'p50', title: t('days.p50'), numeric: true, cell: ({ p50_ms }) => time(p50_ms) },
    { id: 'p95', title: t('days.p95'), numeric: true, cell: ({ p95_ms }) => time(p95_ms) },
  ];
  return (
    <Stack>
      <Section
        title={t('days.chart')}
        aside={<Freshness asOf={query.data.as_of} liveness={liveness} />}
      >
        <Traffic days={query.data.items} />
      </Section>
      <Section flush title={t('days.table')}>
        <Rows
          caption={t('days.table')}
          columns={columns}
          rows={query.data.items.toReversed()}
          rowKey={({ day }) => day}
        />
      </Section>
    </Stack>
  );
}

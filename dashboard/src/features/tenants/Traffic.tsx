/** Requests of each day, errors apart. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';
import { EmptyState } from '@/ui/EmptyState';

type Day = components['schemas']['DayFigures'];

export function Traffic({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation('tenants');
  const { tag } = useLanguage();
  const { count } = useNumbers();
  const rows = useMemo(() => {
    // days are days of UTC, whatever zone the person is in
    const name = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', timeZone: 'UTC' });
    return days.map(({ day, requests, errors }) => ({
      day: name.format(Date.parse(`${day}T00:00:00Z`)),
      answered: requests - errors,
      errors,
    }));
  }, [days, tag]);
  const requests = days.reduce((sum, day) => sum + day.requests, 0);
  const errors = days.reduce((sum, day) => sum + day.errors, 0);
  if (requests === 0) {
    return <EmptyState title={t('traffic.none')} hint={t('traffic.noneHint')} />;
  }
  const series = [
    { id: 'answered', name: t('traffic.answered'), colour: COLOURS.ok },
    { id: 'errors', name: t('traffic.errors'), colour: COLOURS.failed },
  ] as const;
  return (
    <ChartFigure
      summary={t('traffic.summary', { requests: count(requests), errors: count(errors) })}
      caption={t('traffic.title')}
      columns={[
        { id: 'day', title: t('traffic.day'), cell: (row) => row.day },
        ...series.map(({ id, name }) => ({
          id,
          title: name,
          numeric: true,
          cell: (row: (typeof rows)[number]) => count(row[id]),
        })),
      ]}
      rows={rows}
      rowKey={(row) => row.day}
      legend={<Legend series={series} />}
    >
      <TimeChart
        whole
        rows={rows}
        name={(row) => row.day}
        bars={series.map((one) => ({ ...one, value: (row: (typeof rows)[number]) => row[one.id] }))}
        format={count}
      />
    </ChartFigure>
  );
}

/** At which hours of the day things run. */
import { useTranslation } from 'react-i18next';

import { useLanguage, useNumbers } from '@/i18n/language';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';

import type { ClientMetrics } from './queries';

export function HoursChart({ metrics }: { metrics: ClientMetrics }) {
  const { t } = useTranslation('automation');
  const { tag } = useLanguage();
  const { count } = useNumbers();
  const clock = new Intl.DateTimeFormat(tag, {
    timeZone: 'UTC',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const rows = metrics.by_hour.map(({ hour, executions, error }) => ({
    name: clock.format(Date.UTC(2000, 0, 1, hour)),
    executions,
    fine: executions - error,
    error,
  }));
  type Row = (typeof rows)[number];
  const busiest = rows.reduce<Row | undefined>(
    (most, row) => (row.executions > (most?.executions ?? 0) ? row : most),
    undefined,
  );
  const series = [
    { id: 'fine', name: t('hours.fine'), colour: COLOURS.ok },
    { id: 'error', name: t('chart.error'), colour: COLOURS.failed },
  ] as const;
  return (
    <ChartFigure
      summary={t('hours.summary', { hour: busiest?.name ?? '–' })}
      caption={t('hours.title')}
      rows={rows}
      rowKey={(row) => row.name}
      columns={[
        { id: 'hour', title: t('hours.hour'), cell: (row) => row.name },
        ...series.map(({ id, name }) => ({
          id,
          title: name,
          numeric: true,
          cell: (row: Row) => count(row[id]),
        })),
      ]}
      legend={<Legend series={series} />}
    >
      <TimeChart
        whole
        rows={rows}
        name={(row) => row.name}
        bars={series.map((one) => ({ ...one, value: (row: Row) => row[one.id] }))}
        format={count}
      />
    </ChartFigure>
  );
}

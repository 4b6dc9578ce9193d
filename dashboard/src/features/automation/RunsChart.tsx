/** Executions over time by how they ended. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useLanguage, useNumbers } from '@/i18n/language';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';

import { useAmounts } from './amounts';
import type { ClientMetrics } from './queries';
import type { Interval } from './search';

interface Shown {
  start: string;
  name: string;
  fullName: string;
  executions: number;
  success: number;
  error: number;
  other: number;
  rate: number | null;
  average: number | null;
}

export function RunsChart({ metrics }: { metrics: ClientMetrics }) {
  const { t } = useTranslation('automation');
  const { count, share } = useNumbers();
  const { took } = useAmounts();
  const rows = useShown(metrics);
  const sum = (part: (row: Shown) => number) => count(rows.reduce((all, row) => all + part(row), 0));
  const series = [
    { id: 'success', name: t('chart.success'), colour: COLOURS.ok },
    { id: 'other', name: t('chart.other'), colour: COLOURS.refused },
    { id: 'error', name: t('chart.error'), colour: COLOURS.failed },
  ] as const;
  return (
    <ChartFigure
      summary={t('chart.summary', {
        executions: sum((row) => row.executions),
        errors: sum((row) => row.error),
      })}
      caption={t('chart.title')}
      rows={rows}
      rowKey={(row) => row.start}
      columns={[
        { id: 'start', title: t('chart.time'), cell: (row) => row.fullName },
        {
          id: 'executions',
          title: t('figures.executions'),
          numeric: true,
          cell: (row) => count(row.executions),
        },
        ...series.map(({ id, name }) => ({
          id,
          title: name,
          numeric: true,
          cell: (row: Shown) => count(row[id]),
        })),
        {
          id: 'rate',
          title: t('figures.success'),
          numeric: true,
          cell: (row) => (row.rate === null ? null : share(row.rate)),
        },
        {
          id: 'average',
          title: t('chart.average'),
          numeric: true,
          cell: (row) => (row.average === null ? null : took(row.average)),
        },
      ]}
      legend={<Legend series={series} />}
    >
      <TimeChart
        whole
        rows={rows}
        name={(row) => row.name}
        fullName={(row) => row.fullName}
        bars={series.map((one) => ({ ...one, value: (row: Shown) => row[one.id] }))}
        format={count}
      />
    </ChartFigure>
  );
}

const DATE = { day: 'numeric', month: 'short' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const SHORT: Record<Interval, Intl.DateTimeFormatOptions> = {
  hour: CLOCK,
  day: DATE,
  week: DATE,
  month: { month: 'short', year: '2-digit' },
};
const FULL: Record<Interval, Intl.DateTimeFormatOptions> = {
  hour: { ...DATE, ...CLOCK },
  day: { weekday: 'short', ...DATE, year: 'numeric' },
  week: { ...DATE, year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
};

function useShown({ series, period }: ClientMetrics): readonly Shown[] {
  const { t } = useTranslation('automation');
  const { tag } = useLanguage();
  return useMemo(() => {
    const timeZone = period.time_zone;
    const short = new Intl.DateTimeFormat(tag, { timeZone, ...SHORT[period.interval] });
    const full = new Intl.DateTimeFormat(tag, { timeZone, ...FULL[period.interval] });
    return series.map((bucket) => {
      const moment = Date.parse(bucket.start);
      const words = full.format(moment);
      return {
        start: bucket.start,
        name: short.format(moment),
        fullName: period.interval === 'week' ? t('chart.weekOf', { day: words }) : words,
        executions: bucket.executions,
        success: bucket.success,
        error: bucket.error,
        other: bucket.executions - bucket.success - bucket.error,
        rate: bucket.success_rate,
        average: bucket.average_ms,
      };
    });
  }, [series, period.time_zone, period.interval, tag, t]);
}

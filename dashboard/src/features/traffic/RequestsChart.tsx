/** Requests over time by how they were answered. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';
import type { Column } from '@/ui/table/column';

type Point = components['schemas']['Point'];
type Interval = components['schemas']['SeriesOut']['interval'];

interface RequestsChartProps {
  points: readonly Point[];
  interval: Interval;
  /** The points of the period before, in the same order. */
  before?: readonly Point[] | undefined;
}

interface Shown {
  start: string;
  /** On the axis. */
  name: string;
  /** In the table and beside the pointer. */
  fullName: string;
  requests: number;
  ok: number;
  refused: number;
  failed: number;
  p95: number | null;
  before: number | null;
}

export function RequestsChart({ points, interval, before }: RequestsChartProps) {
  const { t } = useTranslation('traffic');
  const { count } = useNumbers();
  const rows = useShown(points, interval, before);
  const columns = useColumns(before !== undefined);
  const sum = (part: (row: Shown) => number) => count(rows.reduce((all, row) => all + part(row), 0));
  const series = [
    { id: 'ok', name: t('answers.ok'), colour: COLOURS.ok },
    { id: 'refused', name: t('answers.refused'), colour: COLOURS.refused },
    { id: 'failed', name: t('answers.failed'), colour: COLOURS.failed },
  ] as const;
  const earlier = { name: t('chart.before'), colour: COLOURS.before, dashed: true };
  return (
    <ChartFigure
      summary={t('chart.requestsSummary', {
        requests: sum((row) => row.requests),
        refused: sum((row) => row.refused),
        failed: sum((row) => row.failed),
      })}
      caption={t('chart.requests')}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.start}
      legend={<Legend series={before === undefined ? series : [...series, earlier]} />}
    >
      <TimeChart
        whole
        rows={rows}
        name={(row) => row.name}
        fullName={(row) => row.fullName}
        bars={series.map((one) => ({ ...one, value: (row: Shown) => row[one.id] }))}
        lines={
          before === undefined
            ? []
            : [{ ...earlier, id: 'before', value: (row: Shown) => row.before }]
        }
        format={count}
      />
    </ChartFigure>
  );
}

function useShown(
  points: readonly Point[],
  interval: Interval,
  before: readonly Point[] | undefined,
): readonly Shown[] {
  const { t } = useTranslation('traffic');
  const { tag } = useLanguage();
  const zone = useTimeZone();
  return useMemo(() => {
    // days are days of UTC, whatever zone the person is in
    const timeZone = interval === 'day' ? 'UTC' : zone;
    const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    const date = { day: 'numeric', month: 'short' } as const;
    const short = new Intl.DateTimeFormat(tag, { timeZone, ...(interval === 'day' ? date : clock) });
    const full = new Intl.DateTimeFormat(tag, {
      timeZone,
      ...date,
      ...(interval === 'day' ? { weekday: 'short', year: 'numeric' } : clock),
    });
    return points.map((point, at) => {
      const moment = Date.parse(point.start);
      const last = at === points.length - 1 && !point.complete;
      const requests = point.requests;
      const [refused, failed] = [point.status_4xx, point.status_5xx];
      return {
        start: point.start,
        name: short.format(moment),
        fullName: last ? t('chart.soFar', { time: full.format(moment) }) : full.format(moment),
        requests,
        ok: requests - refused - failed,
        refused,
        failed,
        p95: point.p95_ms ?? null,
        before: before?.[at]?.requests ?? null,
      };
    });
  }, [points, interval, before, tag, zone, t]);
}

function useColumns(isCompared: boolean): readonly Column<Shown>[] {
  const { t } = useTranslation('traffic');
  const { count, duration } = useNumbers();
  const figure = (
    id: 'requests' | 'refused' | 'failed' | 'before',
    title: string,
  ): Column<Shown> => ({
    id,
    title,
    numeric: true,
    cell: (row) => {
      const value = row[id];
      return value === null ? null : count(value);
    },
  });
  return [
    { id: 'start', title: t('chart.time'), cell: (row) => row.fullName },
    figure('requests', t('columns.requests')),
    figure('refused', t('answers.refused')),
    figure('failed', t('answers.failed')),
    {
      id: 'p95',
      title: t('columns.p95'),
      numeric: true,
      cell: (row) => (row.p95 === null ? '–' : duration(row.p95)),
    },
    ...(isCompared ? [figure('before', t('chart.before'))] : []),
  ];
}

/** How long answers took at each hour of the day. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';

type Hour = components['schemas']['ResponseTimesOut']['hours'][number];

export function ResponseTimesChart({ hours }: { hours: readonly Hour[] }) {
  const { t } = useTranslation('analytics');
  const { tag } = useLanguage();
  const { count, duration } = useNumbers();
  const rows = useMemo(() => {
    // hours are hours of UTC: over a change of clocks there is no one local hour they would be
    const clock = new Intl.DateTimeFormat(tag, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone: 'UTC',
    });
    return hours.map(({ hour, requests, p50_ms, p95_ms, p99_ms }) => ({
      name: clock.format(Date.UTC(2000, 0, 1, hour)),
      requests: requests,
      p50: p50_ms ?? null,
      p95: p95_ms ?? null,
      p99: p99_ms ?? null,
    }));
  }, [hours, tag]);
  const series = [
    { id: 'p50', name: t('totals.p50'), colour: COLOURS.middle },
    { id: 'p95', name: t('totals.p95'), colour: COLOURS.high },
    { id: 'p99', name: t('totals.p99'), colour: COLOURS.highest },
  ] as const;
  const slowest = rows.reduce<(typeof rows)[number] | null>(
    (worst, row) => ((row.p95 ?? -1) > (worst?.p95 ?? -1) ? row : worst),
    null,
  );
  return (
    <ChartFigure
      summary={t('times.summary', {
        hour: slowest?.name ?? '–',
        time: duration(slowest?.p95 ?? 0),
      })}
      caption={t('times.title')}
      rows={rows}
      rowKey={(row) => row.name}
      columns={[
        { id: 'hour', title: t('times.hour'), cell: (row) => row.name },
        {
          id: 'requests',
          title: t('totals.requests'),
          numeric: true,
          cell: (row) => count(row.requests),
        },
        ...series.map(({ id, name }) => ({
          id,
          title: name,
          numeric: true,
          cell: (row: (typeof rows)[number]) => {
            const value = row[id];
            return value === null ? null : duration(value);
          },
        })),
      ]}
      legend={<Legend series={series} />}
    >
      <TimeChart
        rows={rows}
        name={(row) => row.name}
        lines={series.map((one) => ({ ...one, value: (row: (typeof rows)[number]) => row[one.id] }))}
        format={duration}
      />
    </ChartFigure>
  );
}

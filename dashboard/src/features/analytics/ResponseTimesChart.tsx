/** How long answers took at each hour of the day. Loaded only where it is shown. */
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS, TICK, TOOLTIP } from '@/ui/chart/look';

type Hour = components['schemas']['HourOfDay'];

export default function ResponseTimesChart({ hours }: { hours: readonly Hour[] }) {
  const { t } = useTranslation('analytics');
  const { tag, direction } = useLanguage();
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
  const isRtl = direction === 'rtl';
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
      <ResponsiveContainer width="100%" height={240}>
        <LineChart data={rows} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line-soft)" />
          <XAxis dataKey="name" reversed={isRtl} tick={TICK} stroke="var(--line)" minTickGap={24} />
          <YAxis
            orientation={isRtl ? 'right' : 'left'}
            tickFormatter={duration}
            tick={TICK}
            axisLine={false}
            tickLine={false}
            width={84}
          />
          <Tooltip
            cursor={{ stroke: 'var(--line)' }}
            formatter={(value) => duration(Number(value))}
            contentStyle={TOOLTIP}
            isAnimationActive={false}
          />
          {series.map(({ id, name, colour }) => (
            <Line
              key={id}
              dataKey={id}
              name={name}
              stroke={colour}
              strokeWidth={2}
              dot={{ r: 2.5, fill: colour, strokeWidth: 0 }}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </ChartFigure>
  );
}

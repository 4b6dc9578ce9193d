/** How receiving goes: what waits, what failed, and the events of a day by hour. */
import type { UseQueryResult } from '@tanstack/react-query';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';
import { ChartFigure, Legend } from '@/ui/chart/ChartFigure';
import { COLOURS } from '@/ui/chart/look';
import { TimeChart } from '@/ui/chart/TimeChart';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Figure, Figures as FigureRow } from '@/ui/Figure';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { useNow } from '@/ui/useNow';

import { statisticsQuery } from './queries';
import type { Hour, WebhookStatus } from './queries';
import styles from './webhooks.module.css';

const HOURS = 24;
const HOUR = 3_600_000;
/** From this age of the first that waits, processing does not keep up. */
const LATE_SECONDS = 60;

export function Figures({ query }: { query: UseQueryResult<WebhookStatus> }) {
  const { t } = useTranslation('webhooks');
  const { count, duration } = useNumbers();
  const statistics = useQuery({ ...statisticsQuery(useApi(), HOURS), refetchInterval: 15_000 });
  const status = query.data;
  const total = statistics.data?.total;
  return (
    <div className={styles.figures}>
      <Stack>
        {query.isError && (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        )}
        {status === undefined && query.isPending && <Skeleton lines={2} />}
        {status?.oldest_seconds != null && status.oldest_seconds > LATE_SECONDS && (
          <Notice title={t('late')}>{t('lateHint')}</Notice>
        )}
        {status !== undefined && (
          <FigureRow>
            <Figure
              label={t('figures.received')}
              value={total === undefined ? null : count(total.received)}
            />
            <Figure
              label={t('figures.lag')}
              value={total?.mean_lag_ms == null ? null : duration(total.mean_lag_ms)}
              note={
                total === undefined || total.received === 0
                  ? undefined
                  : t('figures.worst', { time: duration(total.max_lag_ms) })
              }
            />
            <Figure
              label={t('figures.backlog')}
              value={count(status.backlog)}
              note={
                status.oldest_seconds == null
                  ? undefined
                  : t('figures.oldest', { time: duration(status.oldest_seconds * 1000) })
              }
            />
            <Figure
              label={t('figures.dead')}
              value={count(status.dead)}
              tone={status.dead > 0 ? 'bad' : 'plain'}
            />
            <Figure
              label={t('figures.turned')}
              value={total === undefined ? null : count(total.duplicates)}
              note={
                total === undefined || total.rejected === 0
                  ? undefined
                  : t('figures.rejected', { count: total.rejected })
              }
            />
          </FigureRow>
        )}
        {total !== undefined && total.received > 0 && (
          <Section title={t('byHour')}>
            <Chart hours={statistics.data?.hours ?? []} />
          </Section>
        )}
      </Stack>
    </div>
  );
}

const SERIES = [
  ['applied', COLOURS.ok],
  ['hinted', COLOURS.redirected],
  ['removed', COLOURS.refused],
  ['dead', COLOURS.failed],
] as const;

function Chart({ hours }: { hours: readonly Hour[] }) {
  const { t } = useTranslation('webhooks');
  const { tag } = useLanguage();
  const { count } = useNumbers();
  const zone = useTimeZone();
  const now = useNow(60_000);
  const known = new Map(hours.map((hour) => [Date.parse(hour.hour), hour]));
  const last = Math.floor(now / HOUR) * HOUR;
  const rows = Array.from({ length: HOURS }, (_, at) => {
    const start = last - (HOURS - 1 - at) * HOUR;
    return { start, hour: known.get(start) };
  });
  const clock = new Intl.DateTimeFormat(tag, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const name = ({ start }: { start: number }) => clock.format(start);
  const series = SERIES.map(([id, colour]) => ({ id, name: t(`outcome.${id}`), colour }));
  return (
    <ChartFigure
      summary={t('chart', {
        received: count(hours.reduce((all, one) => all + one.received, 0)),
        dead: count(hours.reduce((all, one) => all + one.dead, 0)),
      })}
      caption={t('byHour')}
      rows={rows}
      rowKey={({ start }) => String(start)}
      columns={[
        { id: 'hour', title: t('fields.hour'), cell: name },
        ...SERIES.map(([id]) => ({
          id,
          title: t(`outcome.${id}`),
          numeric: true,
          cell: ({ hour }: (typeof rows)[number]) => count(hour?.[id] ?? 0),
        })),
      ]}
      legend={<Legend series={series} />}
    >
      <TimeChart
        whole
        rows={rows}
        name={name}
        bars={series.map((one) => ({
          ...one,
          value: ({ hour }: (typeof rows)[number]) => hour?.[one.id] ?? 0,
        }))}
        format={count}
      />
    </ChartFigure>
  );
}

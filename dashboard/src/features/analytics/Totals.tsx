import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';
import { Change } from '@/ui/Change';
import { Figure, Figures } from '@/ui/Figure';
import { Section } from '@/ui/Section';

import styles from './AnalyticsPage.module.css';

type Series = components['schemas']['SeriesOut'];

/** The whole period in numbers, each beside that of the period before. */
export function Totals({ series }: { series: Series }) {
  const { t } = useTranslation('analytics');
  const { bytes, count, share, duration } = useNumbers();
  const { total: now, previous: before } = series;
  const hadRequests = before.requests > 0;
  const was = (value: string) => t('before', { value });
  const requests = now.requests;
  const times = [
    ['p50', now.p50_ms, before.p50_ms],
    ['p95', now.p95_ms, before.p95_ms],
    ['p99', now.p99_ms, before.p99_ms],
  ] as const;
  return (
    <Section title={t('totals.title')} aside={<Range series={series} />}>
      <Figures>
        <Figure
          label={t('totals.requests')}
          value={count(requests)}
          note={
            <>
              {hadRequests && <Change now={requests} before={before.requests} />}{' '}
              {was(count(before.requests))}
            </>
          }
        />
        <Figure
          label={t('totals.errors')}
          value={requests === 0 ? null : share(now.error_rate)}
          note={hadRequests ? was(share(before.error_rate)) : undefined}
        />
        {times.map(([name, value, earlier]) => (
          <Figure
            key={name}
            label={t(`totals.${name}`)}
            value={value == null ? null : duration(value)}
            note={
              value == null || earlier == null ? undefined : (
                <>
                  <Change now={value} before={earlier} better="less" /> {was(duration(earlier))}
                </>
              )
            }
          />
        ))}
        <Figure
          label={t('totals.sent')}
          value={bytes(now.response_bytes)}
          note={hadRequests ? was(bytes(before.response_bytes)) : undefined}
        />
      </Figures>
    </Section>
  );
}

/** From when to when, in the person's zone. */
function Range({ series }: { series: Series }) {
  const { tag } = useLanguage();
  const timeZone = useTimeZone();
  const format = new Intl.DateTimeFormat(tag, {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  return <span className={styles.range}>{format.formatRange(Date.parse(series.from), Date.parse(series.to))}</span>;
}

/** Requests of each day, errors apart. Loaded only where it is shown: the charts are heavy. */
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useLanguage, useNumbers } from '@/i18n/language';
import { EmptyState } from '@/ui/EmptyState';

type Day = components['schemas']['DayFigures'];

export default function Traffic({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation('tenants');
  const { tag, direction } = useLanguage();
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
  const isRtl = direction === 'rtl';
  const tick = { fill: 'var(--text-soft)', fontSize: 12 };
  return (
    <figure style={{ margin: 0 }}>
      <figcaption className="visually-hidden">
        {t('traffic.summary', { requests: count(requests), errors: count(errors) })}
      </figcaption>
      <div dir="ltr" aria-hidden="true">
        <ResponsiveContainer width="100%" height={220}>
          <BarChart data={rows} barCategoryGap="20%" accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line-soft)" />
            <XAxis dataKey="day" reversed={isRtl} tick={tick} stroke="var(--line)" minTickGap={24} />
            <YAxis
              orientation={isRtl ? 'right' : 'left'}
              allowDecimals={false}
              tickFormatter={count}
              tick={tick}
              axisLine={false}
              tickLine={false}
              width={52}
            />
            <Tooltip
              cursor={{ fill: 'var(--accent-soft)' }}
              formatter={(value) => count(Number(value))}
              contentStyle={{
                background: 'var(--raised)',
                border: '1px solid var(--line)',
                borderRadius: 8,
                color: 'var(--text)',
              }}
            />
            <Legend />
            <Bar
              dataKey="answered"
              stackId="requests"
              name={t('traffic.answered')}
              fill="var(--accent)"
              isAnimationActive={false}
            />
            <Bar
              dataKey="errors"
              stackId="requests"
              name={t('traffic.errors')}
              fill="var(--bad)"
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

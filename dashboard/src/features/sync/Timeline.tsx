/** Runs as marks on a line of time: when, how long, and how they ended. Times run as one reads. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useLanguage } from '@/i18n/language';
import { useTimeZone } from '@/preferences/preferences';
import { clockTime } from '@/ui/time';
import { useNow } from '@/ui/useNow';

import type { Run } from './queries';
import { useSpan } from './span';
import styles from './sync.module.css';

const HOUR = 3_600_000;
/** The line is as long as the shortest of these that holds the runs. */
const LENGTHS = [1, 6, 24, 72, 168] as const;
const MARKS = 4;

export function Timeline({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation('sync');
  const { tag } = useLanguage();
  const zone = useTimeZone();
  const span = useSpan();
  const now = useNow(5_000);
  const starts = runs.map((run) => Date.parse(run.started_at ?? run.requested_at));
  const hours =
    LENGTHS.find((length) => starts.every((start) => start >= now - length * HOUR)) ?? 168;
  const from = now - hours * HOUR;
  const place = (moment: number) => `${((moment - from) / (hours * HOUR)) * 100}%`;
  const shown = runs.filter((_, index) => (starts[index] ?? 0) >= from);
  const day = new Intl.DateTimeFormat(tag, {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    ...(hours <= 72 ? { hour: '2-digit', minute: '2-digit' } : {}),
  });
  return (
    <div className={styles.timeline} role="group" aria-label={t('timeline')}>
      {/* marks may lie closer than a finger hits; whoever needs more room has the list below */}
      <div className={styles.line} aria-hidden="true">
        {shown.map((run) => {
          const start = Date.parse(run.started_at ?? run.requested_at);
          const end = run.completed_at == null ? now : Date.parse(run.completed_at);
          const text = [
            t(`kind.${run.kind}`),
            t(`run.${run.status}`),
            clockTime(start, tag, zone),
            span((end - start) / 1000),
          ].join(' · ');
          return (
            <Link
              key={run.id}
              to="/connections/$connectionId/runs/$runId"
              params={{ connectionId: run.connection_id, runId: run.id }}
              tabIndex={-1}
              title={text}
              className={`${styles.mark} ${styles[run.status]}`}
              style={{
                insetInlineStart: place(start),
                inlineSize: `max(7px, ${((end - start) / (hours * HOUR)) * 100}%)`,
              }}
            />
          );
        })}
      </div>
      <div className={styles.scale} aria-hidden="true">
        {Array.from({ length: MARKS + 1 }, (_, at) => {
          const moment = from + (at / MARKS) * hours * HOUR;
          return (
            <span key={at}>
              {at === MARKS
                ? t('now')
                : hours <= 24
                  ? clockTime(moment, tag, zone).replace(/:\d\d(?=\D*$)/, '')
                  : day.format(moment)}
            </span>
          );
        })}
      </div>
    </div>
  );
}

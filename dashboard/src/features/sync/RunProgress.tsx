/** What a run did to each entity so far, with its speed while it is under way. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { Figure, Figures } from '@/ui/Figure';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { useNow } from '@/ui/useNow';

import { EntityName } from './EntityName';
import { isUnderWay, statsOf } from './queries';
import type { EntityStats, Run } from './queries';
import { useSpan } from './span';
import styles from './sync.module.css';
import { Said } from './Trouble';

const STATES = ['waiting', 'reading', 'sweeping', 'comparing', 'repairing', 'done'] as const;

/** `asOf`: when the run was looked at, in milliseconds since 1970. */
export function RunFigures({ run, asOf }: { run: Run; asOf: number }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const span = useSpan();
  const now = useNow(1_000);
  const rate = useRate(run, asOf);
  const started = run.started_at === null ? null : Date.parse(run.started_at);
  const took =
    run.duration_seconds ?? (started === null ? null : Math.max(0, (now - started) / 1000));
  return (
    <Figures>
      <Figure label={t('figures.read')} value={count(run.records_read)} />
      <Figure label={t('figures.changed')} value={count(run.changed)} />
      <Figure label={t('figures.removed')} value={count(run.removed)} />
      <Figure
        label={t('figures.aside')}
        value={count(run.set_aside)}
        tone={run.set_aside > 0 ? 'bad' : 'plain'}
      />
      <Figure
        label={isUnderWay(run) ? t('figures.rateNow') : t('figures.rate')}
        value={rate === null ? null : t('perSecond', { records: count(rate) })}
      />
      <Figure label={t('figures.took')} value={took === null ? null : span(took)} />
    </Figures>
  );
}

/** Records a second: between the last two looks at a run under way, over all of one that ended. */
function useRate(run: Run, asOf: number): number | null {
  const [seen, setSeen] = useState<{ read: number; at: number; rate: number | null }>();
  if (isUnderWay(run)) {
    if (seen?.read !== run.records_read) {
      const passed = seen === undefined ? 0 : (asOf - seen.at) / 1000;
      const rate =
        seen === undefined || passed < 0.2 ? null : (run.records_read - seen.read) / passed;
      setSeen({ read: run.records_read, at: asOf, rate });
      return rate;
    }
    return seen.rate;
  }
  return run.duration_seconds == null || run.duration_seconds < 0.05 || run.records_read === 0
    ? null
    : run.records_read / run.duration_seconds;
}

export function RunEntities({ run, titles }: { run: Run; titles: ReadonlyMap<string, string> }) {
  const { t } = useTranslation('sync');
  const { count, duration } = useNumbers();
  const rows = statsOf(run);
  const troubled = rows.filter(([, { error }]) => error !== undefined);
  const figure = (id: keyof EntityStats, title: string) => ({
    id,
    title,
    numeric: true as const,
    cell: ([, stats]: [string, EntityStats]) => {
      const value = Number(stats[id] ?? 0);
      return <span className={value === 0 ? styles.none : undefined}>{count(value)}</span>;
    },
  });
  return (
    <Stack>
      {troubled.map(([name, { error = null, what_to_do = null }]) => (
        <div key={name} className={styles.trouble}>
          <strong dir="auto">{titles.get(name) ?? name}</strong>
          <Said error={error} whatToDo={what_to_do} />
        </div>
      ))}
      <Rows
        caption={t('perEntity')}
        rows={rows}
        rowKey={([name]) => name}
        columns={[
          {
            id: 'entity',
            title: t('fields.entity'),
            cell: ([name]) => <EntityName entity={name} title={titles.get(name)} />,
          },
          {
            id: 'progress',
            title: t('fields.progress'),
            cell: ([, stats]) => <Progress stats={stats} />,
          },
          figure('inserted', t('fields.inserted')),
          figure('updated', t('fields.updated')),
          figure('removed', t('fields.removed')),
          figure('unchanged', t('fields.unchanged')),
          figure('set_aside', t('fields.aside')),
          {
            id: 'seconds',
            title: t('fields.sourceTime'),
            numeric: true,
            cell: ([, { seconds }]) => duration(seconds * 1000),
          },
        ]}
      />
    </Stack>
  );
}

function Progress({ stats }: { stats: EntityStats }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const { read, expected, state } = stats;
  const share = state === 'done' ? 1 : expected ? Math.min(read / expected, 1) : null;
  const known = STATES.find((one) => one === state);
  return (
    <span className={styles.progress}>
      <span className={styles.track} aria-hidden="true">
        <span
          className={share === null && state !== 'waiting' ? styles.busy : styles.fill}
          style={{ inlineSize: `${(share ?? (state === 'waiting' ? 0 : 0.3)) * 100}%` }}
        />
      </span>
      <span className={styles.soft}>
        {expected !== undefined && expected > 0
          ? t('readOf', { read: count(read), expected: count(expected) })
          : t('readSoFar', { read: count(read) })}
        {' · '}
        {known === undefined ? state : t(`stage.${known}`)}
      </span>
    </span>
  );
}

/** States of synchronisation in a word. */
import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import type { PlannedEntity, Report, Run, Standing } from './queries';

const STATES: Record<Standing['state'], Tone> = {
  off: 'neutral',
  new: 'info',
  running: 'info',
  waiting: 'good',
  failing: 'bad',
  needs_person: 'bad',
  needs_confirmation: 'warn',
};

export function StandingTag({ state }: { state: Standing['state'] }) {
  const { t } = useTranslation('sync');
  return <Tag tone={STATES[state]}>{t(`state.${state}`)}</Tag>;
}

const RUNS: Record<Run['status'], Tone> = {
  queued: 'neutral',
  running: 'info',
  completed: 'good',
  partial: 'warn',
  failed: 'bad',
  cancelled: 'neutral',
  needs_confirmation: 'warn',
};

export function RunTag({ status }: { status: Run['status'] }) {
  const { t } = useTranslation('sync');
  return <Tag tone={RUNS[status]}>{t(`run.${status}`)}</Tag>;
}

const ENTITIES: Record<PlannedEntity['state'], Tone> = {
  new: 'neutral',
  loading: 'info',
  ok: 'good',
  failing: 'bad',
  denied: 'bad',
  missing: 'bad',
  needs_confirmation: 'warn',
};

export function EntityTag({ state }: { state: PlannedEntity['state'] }) {
  const { t } = useTranslation('sync');
  return <Tag tone={ENTITIES[state]}>{t(`entity.${state}`)}</Tag>;
}

const REPORTS: Record<Report['status'], Tone> = {
  running: 'info',
  equal: 'good',
  differs: 'bad',
  failed: 'warn',
};

export function ReportTag({ status }: { status: Report['status'] }) {
  const { t } = useTranslation('sync');
  return <Tag tone={REPORTS[status]}>{t(`report.${status}`)}</Tag>;
}

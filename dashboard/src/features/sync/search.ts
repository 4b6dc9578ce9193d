/** What the address of one connection carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const TABS = ['state', 'models', 'runs', 'waiting', 'parity', 'settings'] as const;
export type ConnectionTab = (typeof TABS)[number];

export const RUN_STATUSES = [
  'queued',
  'running',
  'completed',
  'partial',
  'failed',
  'cancelled',
  'needs_confirmation',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface ConnectionView {
  /** Left out for how it stands. */
  tab?: ConnectionTab;
  /** Only runs that ended so. */
  status?: RunStatus;
  /** The parity report that is open; left out for the newest. */
  report?: string;
  /** Only differences or set-aside records of this. */
  entity?: string;
}

export function readConnectionView(raw: Record<string, unknown>): ConnectionView {
  return compact({
    tab: oneOf(raw.tab, TABS.slice(1)),
    status: oneOf(raw.status, RUN_STATUSES),
    report: textOf(raw.report, 36),
    entity: textOf(raw.entity, 200),
  });
}

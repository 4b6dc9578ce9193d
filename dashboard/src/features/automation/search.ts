/** What the addresses of the automation pages carry. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

import { readPeriod } from '../traffic/period';
import type { PeriodSearch, Span } from '../traffic/period';

export const USUAL: Span = '30d';
export const OFFERED: readonly Span[] = ['24h', '7d', '30d', '90d'];
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];
export const RUNS = ['production', 'manual', 'all'] as const;
export type Runs = (typeof RUNS)[number];
export const TABS = ['overview', 'executions', 'servers', 'people'] as const;
export type Tab = (typeof TABS)[number];

/** How executions ended, as a list of them is narrowed down. */
export const OUTCOMES = ['failed', 'success', 'canceled', 'open'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface FiguresSearch extends PeriodSearch {
  /** Production is what counts unless another is asked for. */
  runs?: Exclude<Runs, 'production'>;
}

export interface AutomationSearch extends FiguresSearch {
  tab?: Exclude<Tab, 'overview'>;
  /** What the chart is grouped by; left out for what fits the period. */
  by?: Interval;
  outcome?: Outcome;
  workflow?: string;
  /** A connection: ids of workflows repeat between servers. */
  server?: string;
}

export interface ClientsSearch extends FiguresSearch {
  search?: string;
  /** Only clients that need attention. */
  attention?: true;
}

function readFigures(raw: Record<string, unknown>): FiguresSearch {
  const runs = oneOf(raw.runs, RUNS);
  return compact({
    ...readPeriod(raw, USUAL),
    runs: runs === 'production' ? undefined : runs,
  });
}

export function readAutomationSearch(raw: Record<string, unknown>): AutomationSearch {
  const tab = oneOf(raw.tab, TABS);
  return compact({
    ...readFigures(raw),
    tab: tab === 'overview' ? undefined : tab,
    by: oneOf(raw.by, INTERVALS),
    outcome: oneOf(raw.outcome, OUTCOMES),
    workflow: textOf(raw.workflow, 64),
    server: textOf(raw.server, 36),
  });
}

export function readClientsSearch(raw: Record<string, unknown>): ClientsSearch {
  return compact({
    ...readFigures(raw),
    search: textOf(raw.search),
    attention: raw.attention === true || raw.attention === 'true' ? (true as const) : undefined,
  });
}

/** The part of an address that says what is counted; it stays when one goes elsewhere. */
export function figuresOf({ span, from, to, runs }: FiguresSearch): FiguresSearch {
  return compact({ span, from, to, runs });
}

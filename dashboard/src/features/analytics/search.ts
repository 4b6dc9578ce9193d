/** What the address of the analytics carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

import { readPeriod } from '../traffic/period';
import type { PeriodSearch, Span } from '../traffic/period';

export const USUAL: Span = '7d';
export const OFFERED: readonly Span[] = ['24h', '7d', '30d', '90d'];
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface AnalyticsSearch extends PeriodSearch {
  tenant?: string;
  method?: (typeof METHODS)[number];
  /** A route template, exactly. */
  route?: string;
  model?: string;
  /** Draws the period before beside this one. */
  compare?: true;
}

/** `search` without what does not change the figures. */
export function withoutCompare(search: AnalyticsSearch): AnalyticsSearch {
  return compact({ ...search, compare: undefined });
}

export function readAnalyticsSearch(raw: Record<string, unknown>): AnalyticsSearch {
  return compact({
    ...readPeriod(raw, USUAL),
    tenant: textOf(raw.tenant, 36),
    method: oneOf(raw.method, METHODS),
    route: textOf(raw.route, 200),
    model: textOf(raw.model, 200),
    compare: raw.compare === true || raw.compare === 'true' ? (true as const) : undefined,
  });
}

/** What the addresses of the logs carry. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

import { readPeriod } from '../traffic/period';
import type { PeriodSearch, Span } from '../traffic/period';
import { SEVERITIES } from './SeverityTag';
import type { Severity } from './SeverityTag';

export const OFFERED: readonly Span[] = ['1h', '24h', '7d', '30d', '90d'];
export const USAGE_USUAL: Span = '24h';
export const ERRORS_USUAL: Span = '30d';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export const ANSWERS = ['2xx', '3xx', '4xx', '5xx'] as const;
/** Milliseconds a request took at least. */
export const SLOWER = ['100', '500', '1000', '5000'] as const;

export interface UsageSearch extends PeriodSearch {
  tenant?: string;
  method?: (typeof METHODS)[number];
  /** A class of status, or one status. */
  answer?: string;
  slower?: (typeof SLOWER)[number];
  route?: string;
  model?: string;
  /** A correlation id. */
  search?: string;
  /** With the requests that staff make, such as those of this page. */
  staff?: true;
}

export function readUsageSearch(raw: Record<string, unknown>): UsageSearch {
  const answer = textOf(raw.answer, 3);
  return compact({
    ...readPeriod(raw, USAGE_USUAL),
    tenant: textOf(raw.tenant, 36),
    method: oneOf(raw.method, METHODS),
    answer: answer !== undefined && /^[2-5](xx|\d\d)$/.test(answer) ? answer : undefined,
    slower: oneOf(typeof raw.slower === 'number' ? String(raw.slower) : raw.slower, SLOWER),
    route: textOf(raw.route, 200),
    model: textOf(raw.model, 200),
    search: textOf(raw.search, 200),
    staff: raw.staff === true ? true : undefined,
  });
}

export interface ErrorSearch extends PeriodSearch {
  /** Left out for those still open. */
  state?: 'all';
  severity?: Severity;
  code?: string;
  tenant?: string;
  /** In the message or the route. */
  search?: string;
}

export function readErrorSearch(raw: Record<string, unknown>): ErrorSearch {
  return compact({
    ...readPeriod(raw, ERRORS_USUAL),
    state: oneOf(raw.state, ['all'] as const),
    severity: oneOf(raw.severity, SEVERITIES),
    code: textOf(raw.code, 200),
    tenant: textOf(raw.tenant, 36),
    search: textOf(raw.search, 200),
  });
}

const NOT_FILTERS: readonly string[] = ['span', 'from', 'to', 'state'];

/** Whether something beside the period narrows a log down. */
export function isNarrowed(search: UsageSearch | ErrorSearch): boolean {
  return Object.keys(search).some((key) => !NOT_FILTERS.includes(key));
}

/** What the address of the tenant's own logs carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const TABS = ['errors', 'requests', 'days'] as const;
export type ActivityTab = (typeof TABS)[number];
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export const ANSWERS = ['2', '4', '5'] as const;
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface ActivitySearch {
  /** Left out for the errors. */
  tab?: ActivityTab;
  /** Text in errors; a correlation id or a model in requests. */
  search?: string;
  severity?: (typeof SEVERITIES)[number];
  /** Only errors that are not resolved. */
  open?: 'yes';
  /** The class of the answer's status, such as 5 for 5xx. */
  answer?: (typeof ANSWERS)[number];
  method?: (typeof METHODS)[number];
  /** Only requests to this route. */
  route?: string;
}

export function readActivitySearch(raw: Record<string, unknown>): ActivitySearch {
  return compact({
    tab: oneOf(raw.tab, TABS.slice(1)),
    search: textOf(raw.search, 200),
    severity: oneOf(raw.severity, SEVERITIES),
    open: oneOf(raw.open, ['yes'] as const),
    answer: oneOf(String(raw.answer), ANSWERS),
    method: oneOf(raw.method, METHODS),
    route: textOf(raw.route, 200),
  });
}

export function errorFilters({ search, severity, open }: ActivitySearch) {
  return {
    ...(search === undefined ? {} : { search }),
    ...(severity === undefined ? {} : { severity }),
    ...(open === undefined ? {} : { unresolved_only: true }),
  };
}

export function requestFilters({ search, answer, method, route }: ActivitySearch) {
  return {
    ...(search === undefined ? {} : isModel(search) ? { model: search } : { correlation_id: search }),
    ...(answer === undefined ? {} : { status_class: Number(answer) }),
    ...(method === undefined ? {} : { method }),
    ...(route === undefined ? {} : { route }),
  };
}

/** Models have dots and no digits at random; correlation ids have digits and no dots. */
function isModel(text: string): boolean {
  return /^[a-z_]+(\.[a-z0-9_]+)+$/.test(text);
}

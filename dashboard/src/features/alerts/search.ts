/** What the address of the alerts carries. */
import { compact, oneOf } from '@/ui/table/listSearch';

export const STATUSES = ['firing', 'recovered', 'ended'] as const;
export type AlertStatus = (typeof STATUSES)[number];

export const TABS = ['alerts', 'rules'] as const;

export interface AlertsSearch {
  /** Left out for the alerts themselves. */
  tab?: 'rules';
  status?: AlertStatus;
}

export function readAlertsSearch(raw: Record<string, unknown>): AlertsSearch {
  return compact({
    tab: oneOf(raw.tab, ['rules'] as const),
    status: oneOf(raw.status, STATUSES),
  });
}

/** What the address of the audit trail carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const PERIODS = ['hour', 'day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

export const TARGETS = [
  'tenant',
  'plan',
  'user',
  'member',
  'role',
  'session',
  'api_key',
  'connection',
  'error',
  'job',
] as const;

export interface AuditSearch {
  /** How the action begins: `tenant.` finds all of them. */
  search?: string;
  target?: (typeof TARGETS)[number];
  period?: Period;
  /** Only what concerns this tenant; for staff. */
  tenant?: string;
  /** Only what this person did. */
  actor?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  const id = (value: unknown) => {
    const text = textOf(value, 36);
    return text !== undefined && UUID.test(text) ? text : undefined;
  };
  return compact({
    search: textOf(raw.search, 80),
    target: oneOf(raw.target, TARGETS),
    period: oneOf(raw.period, PERIODS),
    tenant: id(raw.tenant),
    actor: id(raw.actor),
  });
}

const HOUR = 3_600_000;
const LENGTH: Record<Period, number> = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR };

/** Filters as the API takes them. `now` in milliseconds since 1970. */
export function auditFilters({ search, target, period, tenant, actor }: AuditSearch, now: number) {
  return {
    ...(search === undefined ? {} : { action: search }),
    ...(target === undefined ? {} : { target_type: target }),
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(actor === undefined ? {} : { actor_id: actor }),
    ...(period === undefined ? {} : { since: new Date(now - LENGTH[period]).toISOString() }),
  };
}

/** The form of a plan: its values, and what of them is sent. */
import type { Plan, PlanChange, PlanIn } from './queries';

export const GIGABYTE = 1024 ** 3;
export const TIERS = ['standard', 'premium', 'enterprise'] as const;
export const LIMITS = [
  'max_requests_per_day',
  'max_requests_per_hour',
  'burst_limit',
  'max_users',
] as const;

/** Limits are null for none. */
export interface PlanValues {
  name?: string;
  code?: string;
  tier?: Plan['tier'];
  max_requests_per_day?: number | null;
  max_requests_per_hour?: number | null;
  burst_limit?: number | null;
  max_users?: number | null;
  storage_gigabytes?: number | null;
  /** In major units, as people write prices. */
  price?: number | null;
  currency?: string;
  is_active?: boolean;
  position?: number | null;
}

export const NEW_PLAN: PlanValues = { tier: 'standard', currency: 'USD', is_active: true, price: 0 };

export function valuesOf(plan: Plan): PlanValues {
  const { name, code, tier, currency, is_active, position } = plan;
  return {
    name,
    code,
    tier,
    currency,
    is_active,
    position,
    ...Object.fromEntries(LIMITS.map((limit) => [limit, plan[limit]])),
    storage_gigabytes:
      plan.max_storage_bytes === null ? null : plan.max_storage_bytes / GIGABYTE,
    price: plan.price_minor / minorUnits(currency),
  };
}

export function newPlan(values: PlanValues): PlanIn {
  const { name = '', code = '', position } = values;
  return { ...sent(values), name: name.trim(), code, position: position ?? 0 };
}

/** Only what differs; a limit that was emptied is sent as null, which lifts it. */
export function changedPlan(before: PlanValues, after: PlanValues): PlanChange {
  const [was, is] = [sent(before), sent(after)];
  return Object.fromEntries(
    Object.entries(is).filter(([name, value]) => was[name as keyof typeof was] !== value),
  );
}

function sent(values: PlanValues) {
  const { name, tier = 'standard', currency = 'USD', is_active = true, position } = values;
  const storage = values.storage_gigabytes ?? null;
  return {
    name: (name ?? '').trim(),
    tier,
    currency: currency.toUpperCase(),
    is_active,
    position: position ?? 0,
    max_requests_per_day: values.max_requests_per_day ?? null,
    max_requests_per_hour: values.max_requests_per_hour ?? null,
    burst_limit: values.burst_limit ?? null,
    max_users: values.max_users ?? null,
    max_storage_bytes: storage === null ? null : Math.round(storage * GIGABYTE),
    price_minor: Math.round((values.price ?? 0) * minorUnits(currency)),
  };
}

/** How many minor units make one, such as 100 cents a dollar; 100 for codes nobody knows. */
export function minorUnits(currency: string): number {
  try {
    const { maximumFractionDigits } = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
    }).resolvedOptions();
    return 10 ** (maximumFractionDigits ?? 2);
  } catch {
    return 100;
  }
}

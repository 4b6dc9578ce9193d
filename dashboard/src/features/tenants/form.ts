/** The form of a tenant: its values, and what of them is sent. */
import type { TenantChange, TenantIn } from './changes';
import type { Tenant } from './queries';

export interface TenantValues {
  name?: string;
  slug?: string;
  contact_email?: string;
  plan_id?: string;
  time_zone?: string;
  odoo_url?: string;
  odoo_database?: string;
  odoo_username?: string;
  odoo_password?: string;
  owner_email?: string;
  owner_name?: string;
  max_requests_per_day?: number | null;
  max_requests_per_hour?: number | null;
  max_requests_per_hour_per_user?: number | null;
  burst_limit?: number | null;
  max_users?: number | null;
  allowed_models?: string[];
  allowed_features?: NonNullable<Tenant['allowed_features']>;
  /** The last day of the trial, of UTC: `2026-12-31`. */
  trial_end?: string;
  /** An object as JSON. */
  metadata?: string;
}

export const LIMITS = [
  'max_requests_per_day',
  'max_requests_per_hour',
  'max_requests_per_hour_per_user',
  'burst_limit',
  'max_users',
] as const;

export const ODOO_FIELDS = [
  'odoo_url',
  'odoo_database',
  'odoo_username',
  'odoo_password',
] as const;

export const FEATURES = [
  'gateway',
  'files',
  'sync',
  'webhooks',
  'devices',
  'crm',
  'commerce',
  'automation',
  'hosting',
] as const;

const TEXTS = ['name', 'slug', 'plan_id', 'time_zone', ...ODOO_FIELDS] as const;
const LISTS = ['allowed_models', 'allowed_features'] as const;

/** What a form starts with. */
export function valuesOf(tenant: Tenant): TenantValues {
  const values: Record<string, unknown> = {};
  for (const name of [...TEXTS, 'contact_email', ...LIMITS, ...LISTS] as const) {
    const value = name === 'odoo_password' ? undefined : tenant[name];
    if (value !== null && value !== undefined) {
      values[name] = value;
    }
  }
  if (tenant.trial_ends_at !== null) {
    values.trial_end = tenant.trial_ends_at.slice(0, 10);
  }
  if (Object.keys(tenant.metadata).length > 0) {
    values.metadata = JSON.stringify(tenant.metadata, null, 2);
  }
  return values;
}

/** Everything that was filled in, as a new tenant. */
export function newTenant(values: TenantValues): TenantIn {
  const { owner_email, owner_name } = values;
  return {
    ...changedTenant({}, values),
    name: values.name ?? '',
    ...(owner_email ? { owner: { email: owner_email, full_name: owner_name ?? '' } } : {}),
  };
}

/** Only what differs. What was emptied is sent as null, where that means "as the plan says". */
export function changedTenant(before: TenantValues, after: TenantValues): TenantChange {
  const change: Record<string, unknown> = {};
  for (const name of TEXTS) {
    const value = after[name]?.trim();
    if (value && value !== before[name]) {
      change[name] = name === 'odoo_password' ? after[name] : value;
    }
  }
  const contact = after.contact_email?.trim() ?? '';
  if (contact !== (before.contact_email ?? '')) {
    change.contact_email = contact === '' ? null : contact;
  }
  for (const name of LIMITS) {
    if ((after[name] ?? null) !== (before[name] ?? null)) {
      change[name] = after[name] ?? null;
    }
  }
  if ((after.trial_end ?? '') !== (before.trial_end ?? '')) {
    change.trial_ends_at = after.trial_end ? `${after.trial_end}T23:59:59Z` : null;
  }
  if ((after.metadata ?? '').trim() !== (before.metadata ?? '').trim()) {
    change.metadata = readObject(after.metadata ?? '') ?? {};
  }
  for (const name of LISTS) {
    const [was, is] = [before[name] ?? [], after[name] ?? []];
    if (was.join('\n') !== is.join('\n')) {
      change[name] = is.length > 0 ? is : null;
    }
  }
  return change;
}

/** The object that `text` is as JSON, empty for nothing; null when it is none. */
export function readObject(text: string): Record<string, unknown> | null {
  if (text.trim() === '') {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** What of the Odoo connection differs and can be tried: nothing when nothing was typed. */
export function changedOdoo(before: TenantValues, after: TenantValues): Record<string, string> {
  const change: Record<string, string> = {};
  for (const name of ODOO_FIELDS) {
    const value = name === 'odoo_password' ? after[name] : after[name]?.trim();
    if (value && value !== before[name]) {
      change[name.slice('odoo_'.length)] = value;
    }
  }
  return change;
}

/** What the addresses of the tenant pages carry. */
import type { components } from '@/api/schema.gen';
import type { Namespace } from '@/i18n/languages';
import { compact, oneOf, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export type TenantStatus = components['schemas']['TenantStatus'];
export type Tier = components['schemas']['Tier'];

export const STATUSES: readonly TenantStatus[] = ['active', 'trial', 'suspended', 'deleted'];
export const TIERS: readonly Tier[] = ['standard', 'premium', 'enterprise'];
export const SORTABLE = ['name', 'slug', 'status', 'created_at'] as const;
/** The API's own order. */
export const ORDER = '-created_at';

export interface TenantSearch extends ListSearch {
  search?: string;
  status?: TenantStatus;
  plan?: string;
  tier?: Tier;
}

export function readTenantSearch(raw: Record<string, unknown>): TenantSearch {
  return compact({
    ...readListSearch(raw, SORTABLE),
    search: textOf(raw.search),
    status: oneOf(raw.status, STATUSES),
    plan: textOf(raw.plan, 63),
    tier: oneOf(raw.tier, TIERS),
  });
}

export const TABS = ['overview', 'errors', 'requests', 'people', 'connections', 'audit'] as const;
export type TenantTab = (typeof TABS)[number];

/** What a tab shows beside the page's own texts. */
export const TAB_TEXTS: Record<TenantTab, readonly Namespace[]> = {
  overview: ['activity', 'traffic'],
  errors: [],
  requests: [],
  people: ['invitations'],
  connections: ['sync'],
  audit: ['audit'],
};

export interface TenantView {
  /** Left out for the overview. */
  tab?: TenantTab;
  /** Only requests with this correlation id. */
  correlation?: string;
}

export function readTenantView(raw: Record<string, unknown>): TenantView {
  return compact({
    tab: oneOf(raw.tab, TABS.slice(1)),
    correlation: textOf(raw.correlation, 200),
  });
}

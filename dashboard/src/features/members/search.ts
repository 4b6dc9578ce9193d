import { compact, oneOf, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export const STATES = ['active', 'inactive'] as const;

export interface MemberSearch extends ListSearch {
  search?: string;
  role?: string;
  state?: (typeof STATES)[number];
}

export function readMemberSearch(raw: Record<string, unknown>): MemberSearch {
  return compact({
    ...readListSearch(raw, []),
    search: textOf(raw.search),
    role: textOf(raw.role, 40),
    state: oneOf(raw.state, STATES),
  });
}

/** Filters as the API takes them, without the page. */
export function memberFilters({ search, role, state }: MemberSearch) {
  return {
    ...(search === undefined ? {} : { search }),
    ...(role === undefined ? {} : { role }),
    ...(state === undefined ? {} : { is_active: state === 'active' }),
  };
}

import { STATUSES } from '@/features/invitations/search';
import type { InvitationStatus } from '@/features/invitations/search';
import { compact, oneOf, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export const STATES = ['active', 'inactive'] as const;

export interface MemberSearch extends ListSearch {
  /** Left out for the members themselves. */
  tab?: 'invitations';
  /** Of invitations. */
  status?: InvitationStatus;
  search?: string;
  role?: string;
  state?: (typeof STATES)[number];
}

export function readMemberSearch(raw: Record<string, unknown>): MemberSearch {
  return compact({
    ...readListSearch(raw, []),
    tab: oneOf(raw.tab, ['invitations'] as const),
    status: oneOf(raw.status, STATUSES),
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

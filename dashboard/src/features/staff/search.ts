import { compact, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export const STAFF_ROLES = ['super_admin', 'admin', 'support'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

export interface StaffSearch extends ListSearch {
  search?: string;
}

export function readStaffSearch(raw: Record<string, unknown>): StaffSearch {
  return compact({ ...readListSearch(raw, []), search: textOf(raw.search) });
}

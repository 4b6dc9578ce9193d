import { compact, oneOf, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export const KINDS = ['staff', 'others'] as const;

export interface PeopleSearch extends ListSearch {
  search?: string;
  kind?: (typeof KINDS)[number];
}

export function readPeopleSearch(raw: Record<string, unknown>): PeopleSearch {
  return compact({
    ...readListSearch(raw, []),
    search: textOf(raw.search),
    kind: oneOf(raw.kind, KINDS),
  });
}

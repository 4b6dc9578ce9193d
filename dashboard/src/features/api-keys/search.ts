import { compact, oneOf, readListSearch } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

export interface KeySearch extends ListSearch {
  /** Also those that were revoked. */
  shown?: 'all';
}

export function readKeySearch(raw: Record<string, unknown>): KeySearch {
  return compact({ ...readListSearch(raw, []), shown: oneOf(raw.shown, ['all'] as const) });
}

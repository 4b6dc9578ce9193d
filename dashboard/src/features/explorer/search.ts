/** What the address of the explorer carries: the whole question, so it can be sent to a colleague. */
import { compact, readListSearch, textOf } from '@/ui/table/listSearch';
import type { ListSearch } from '@/ui/table/listSearch';

import { readDomain } from './domain';
import type { Domain } from './domain';

export interface ExplorerSearch extends ListSearch {
  model?: string;
  /** As Odoo takes it; left out for every record. */
  domain?: Domain;
  /** Columns, with commas between; left out for the ones to begin with. */
  fields?: string;
  /** The record that is open. */
  record?: number;
}

const MODEL = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;
const FIELD = '[a-zA-Z_][a-zA-Z0-9_]*';
const FIELDS = new RegExp(`^${FIELD}(,${FIELD})*$`);
const SORT = new RegExp(`^-?${FIELD}$`);

export function readExplorerSearch(raw: Record<string, unknown>): ExplorerSearch {
  const matching = (value: unknown, pattern: RegExp, length: number) => {
    const text = textOf(value, length);
    return text !== undefined && pattern.test(text) ? text : undefined;
  };
  const record = Number(raw.record);
  const hasDomain = readDomain(raw.domain) !== null && (raw.domain as unknown[]).length > 0;
  return compact({
    ...readListSearch(raw, []),
    sort: matching(raw.sort, SORT, 100),
    model: matching(raw.model, MODEL, 128),
    domain: hasDomain ? (raw.domain as Domain) : undefined,
    fields: matching(raw.fields, FIELDS, 2000),
    record: Number.isSafeInteger(record) && record > 0 ? record : undefined,
  });
}

/** `-name` as Odoo writes it. */
export function orderOf(sort: string | undefined): string | undefined {
  return sort?.startsWith('-') ? `${sort.slice(1)} desc` : sort;
}

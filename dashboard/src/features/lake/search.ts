/** What the addresses of the lake carry: the whole question, so it can be sent to a colleague. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export interface LakeSearch {
  /** Left out for the entities. */
  tab?: 'changes';
  /** Only changes of this. */
  entity?: string;
}

export function readLakeSearch(raw: Record<string, unknown>): LakeSearch {
  return compact({
    tab: oneOf(raw.tab, ['changes'] as const),
    entity: textOf(raw.entity, 200),
  });
}

export const SHOWN = ['only', 'any'] as const;

export interface RecordsSearch {
  connection?: string;
  /** `field:operator:value`, all of which hold. */
  filter?: readonly string[];
  /** Left out: none of them. */
  archived?: (typeof SHOWN)[number];
  deleted?: (typeof SHOWN)[number];
  /** Left out for the key. */
  sort?: string;
  /** Columns, with commas between; left out for the ones to begin with. */
  fields?: string;
  /** Key of the record that is open. */
  record?: string;
}

const MOST_FILTERS = 20;

export function readRecordsSearch(raw: Record<string, unknown>): RecordsSearch {
  const given = Array.isArray(raw.filter) ? raw.filter : [raw.filter];
  const filter = given
    .filter((term): term is string => typeof term === 'string' && readTerm(term) !== null)
    .slice(0, MOST_FILTERS);
  return compact({
    connection: textOf(raw.connection, 36),
    filter: filter.length === 0 ? undefined : filter,
    archived: oneOf(raw.archived, SHOWN),
    deleted: oneOf(raw.deleted, SHOWN),
    sort: textOf(raw.sort, 200),
    fields: textOf(raw.fields, 2000),
    record: textOf(raw.record, 500),
  });
}

export const OPERATORS = [
  'contains',
  'eq',
  'ne',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'set',
  'unset',
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Term {
  field: string;
  operator: Operator;
  value: string;
}

/** A filter in its parts, null for what is none. Values may hold colons; names of fields don't. */
export function readTerm(written: string): Term | null {
  const [field = '', named = '', ...rest] = written.split(':');
  const operator = oneOf(named, OPERATORS);
  return field === '' || operator === undefined || written.length > 2000
    ? null
    : { field, operator, value: rest.join(':') };
}

export function takesValue(operator: Operator): boolean {
  return operator !== 'set' && operator !== 'unset';
}

/** `in` takes a list: what was typed with commas between is written as one. */
export function writeTerm({ field, operator, value }: Term): string {
  if (!takesValue(operator)) {
    return `${field}:${operator}:`;
  }
  const text = value.trim();
  if (operator === 'in' && !text.startsWith('[')) {
    const values = text.split(',').map((one) => readValue(one.trim()));
    return `${field}:in:${JSON.stringify(values)}`;
  }
  return `${field}:${operator}:${text}`;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

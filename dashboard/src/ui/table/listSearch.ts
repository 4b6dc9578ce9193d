/**
 * The part of a page's address that says which rows are shown. A list's filters, sort and page
 * live there, so a view can be reloaded, sent to a colleague, and gone back to.
 */

export const PAGE_SIZES = [25, 50, 100] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

export interface ListSearch {
  /** From 1; left out on the first. */
  page?: number;
  /** Rows a page; left out for 25. */
  size?: PageSize;
  /** A column, with `-` before it for descending; left out for the list's own order. */
  sort?: string;
}

/** What an address holds is anything: this keeps of it what a list understands. */
export function readListSearch(raw: Record<string, unknown>, sortable: readonly string[]): ListSearch {
  const page = Number(raw.page);
  const size = PAGE_SIZES.find((one) => one === Number(raw.size));
  const sort = oneOf(raw.sort, [...sortable, ...sortable.map((column) => `-${column}`)]);
  return {
    ...(Number.isInteger(page) && page > 1 && page <= 100_000 ? { page } : {}),
    ...(size !== undefined && size !== 25 ? { size } : {}),
    ...(sort === undefined ? {} : { sort }),
  };
}

/** `value` if it is one of `allowed`. */
export function oneOf<Value extends string>(
  value: unknown,
  allowed: readonly Value[],
): Value | undefined {
  return allowed.find((one) => one === value);
}

/** Text of a filter, or undefined for none. Numbers in an address are text here. */
export function textOf(value: unknown, maxLength = 100): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.slice(0, maxLength) : undefined;
}

/** `skip` and `limit` as the API takes them. */
export function windowOf(search: ListSearch): { skip: number; limit: number } {
  const limit = search.size ?? 25;
  return { skip: ((search.page ?? 1) - 1) * limit, limit };
}

/** The sort after a click on a column: ascending, descending, then the list's own order. */
export function nextSort(current: string | undefined, column: string): string | undefined {
  if (current === column) {
    return `-${column}`;
  }
  return current === `-${column}` ? undefined : column;
}

/** `search` without the members that are undefined: an address shows only what was chosen. */
export function compact<Search extends object>(search: Search): Compact<Search> {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ) as Compact<Search>;
}

type Compact<Search> = { [Key in keyof Search]?: Exclude<Search[Key], undefined> };

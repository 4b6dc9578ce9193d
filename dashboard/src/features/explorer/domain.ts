/**
 * Odoo's search domains: a list in prefix notation, with `&`, `|` and `!` before what they join.
 * Here it is a tree, which people can build; written and read back it is the same domain.
 */

export type Value = string | number | boolean | null | readonly (string | number)[];

export interface Rule {
  kind: 'rule';
  field: string;
  operator: string;
  value: Value;
}

export interface Group {
  kind: 'group';
  join: 'and' | 'or';
  /** The group stands for what does not fit it. */
  not: boolean;
  items: readonly Node[];
}

export type Node = Rule | Group;

export type Domain = readonly unknown[];

export const EVERYTHING: Group = { kind: 'group', join: 'and', not: false, items: [] };

/** `group` as Odoo takes it. A group of nothing asks for nothing and is left out. */
export function toDomain(group: Group): unknown[] {
  // what stands side by side at the top is joined by and already
  if (group.join === 'and' && !group.not) {
    return group.items.flatMap(write);
  }
  return write(group);
}

function write(node: Node): unknown[] {
  if (node.kind === 'rule') {
    return [[node.field, node.operator, node.value]];
  }
  const parts = node.items.map(write).filter((part) => part.length > 0);
  if (parts.length === 0) {
    return [];
  }
  const sign = node.join === 'and' ? '&' : '|';
  const joined = [...Array.from({ length: parts.length - 1 }, () => sign), ...parts.flat()];
  return node.not ? ['!', ...joined] : joined;
}

/** The tree of `domain`; null where it is not one. */
export function readDomain(domain: unknown): Group | null {
  if (!Array.isArray(domain)) {
    return null;
  }
  const rest = domain as unknown[];
  let at = 0;

  function next(): Node | null {
    const term = rest[at];
    at += 1;
    if (term === '&' || term === '|') {
      const [left, right] = [next(), next()];
      return left === null || right === null
        ? null
        : join(term === '&' ? 'and' : 'or', left, right);
    }
    if (term === '!') {
      const one = next();
      if (one === null) {
        return null;
      }
      return one.kind === 'group' && !one.not
        ? { ...one, not: true }
        : { kind: 'group', join: 'and', not: true, items: [one] };
    }
    return readRule(term);
  }

  const items: Node[] = [];
  while (at < rest.length) {
    const node = next();
    if (node === null) {
      return null;
    }
    items.push(node);
  }
  const [only] = items;
  return items.length === 1 && only?.kind === 'group'
    ? only
    : { ...EVERYTHING, items };
}

/** `a & (b & c)` and `(a & b) & c` are one group of three. */
function join(how: 'and' | 'or', left: Node, right: Node): Group {
  const inside = (node: Node): readonly Node[] =>
    node.kind === 'group' && node.join === how && !node.not ? node.items : [node];
  return { kind: 'group', join: how, not: false, items: [...inside(left), ...inside(right)] };
}

function readRule(term: unknown): Rule | null {
  if (!Array.isArray(term) || term.length !== 3) {
    return null;
  }
  const [field, operator, value] = term as unknown[];
  return typeof field === 'string' && typeof operator === 'string' && isValue(value)
    ? { kind: 'rule', field, operator, value }
    : null;
}

function isValue(value: unknown): value is Value {
  return (
    value === null ||
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) &&
      value.every((one) => typeof one === 'string' || typeof one === 'number'))
  );
}

/** How many rules a tree holds. */
export function rulesIn(node: Node): number {
  return node.kind === 'rule' ? 1 : node.items.reduce((sum, item) => sum + rulesIn(item), 0);
}

/** A domain written as text, such as an address holds; null where the text is none. */
export function parseDomain(text: string): Group | null {
  try {
    return readDomain(JSON.parse(text));
  } catch {
    return null;
  }
}

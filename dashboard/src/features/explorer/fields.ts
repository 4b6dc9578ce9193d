/** Fields of an Odoo model as `fields_get` describes them. */

export interface Field {
  name: string;
  /** Its name for people, in Odoo's language. */
  label: string;
  type: string;
  /** The other model, of relations. */
  relation: string | null;
  /** Values and their names, of selections. */
  selection: readonly (readonly [string, string])[];
  required: boolean;
  readonly: boolean;
  sortable: boolean;
  searchable: boolean;
  help: string;
}

export type Kind = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'selection' | 'one' | 'many';

const KINDS: Record<string, Kind> = {
  integer: 'number',
  float: 'number',
  monetary: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  selection: 'selection',
  many2one: 'one',
  one2many: 'many',
  many2many: 'many',
};

/** How values of a field are asked for. Types nobody knows are text. */
export function kindOf({ type }: Pick<Field, 'type'>): Kind {
  return KINDS[type] ?? 'text';
}

/** Types too large or too odd for a cell of a table. */
const NOT_SHOWN = new Set(['binary', 'image', 'properties', 'properties_definition', 'serialized']);

export function isShown({ type }: Pick<Field, 'type'>): boolean {
  return !NOT_SHOWN.has(type);
}

/** The answer of `fields_get`, read with doubt, in the order of Odoo's labels. */
export function readFields(answer: unknown): Field[] {
  if (typeof answer !== 'object' || answer === null) {
    return [];
  }
  return Object.entries(answer as Record<string, Record<string, unknown>>)
    .map(([name, given]) => ({
      name,
      label: text(given.string) || name,
      type: text(given.type),
      relation: text(given.relation) || null,
      selection: Array.isArray(given.selection)
        ? (given.selection as unknown[]).flatMap((pair) =>
            Array.isArray(pair) && pair.length === 2
              ? [[String(pair[0]), String(pair[1])] as const]
              : [],
          )
        : [],
      required: given.required === true,
      readonly: given.readonly === true,
      sortable: given.sortable !== false && given.store !== false,
      searchable: given.searchable !== false,
      help: text(given.help),
    }))
    .sort((one, other) => one.label.localeCompare(other.label));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const FIRST = ['display_name', 'name', 'email', 'phone', 'partner_id', 'state', 'amount_total', 'date_order', 'user_id', 'active', 'create_date'];

/** Columns to begin with: what most models have and people know records by. */
export function firstColumns(fields: readonly Field[]): string[] {
  const known = new Set(fields.map(({ name }) => name));
  const wanted = FIRST.filter((name) => known.has(name));
  const names = wanted.includes('name') ? wanted.filter((name) => name !== 'display_name') : wanted;
  return ['id', ...names].slice(0, 6);
}

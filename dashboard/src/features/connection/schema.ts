/** Forms made from a connector's JSON Schema: which fields there are, and what of them is sent. */

export type Values = Record<string, unknown>;

export interface SchemaField {
  name: string;
  title: string;
  description?: string;
  kind: 'text' | 'secret' | 'choice' | 'number' | 'whole' | 'tick' | 'words';
  required: boolean;
  options: readonly string[];
  example?: string;
  /** What it is when nothing is said. */
  usual?: unknown;
  lowest?: number;
  highest?: number;
  longest?: number;
}

interface Property {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  enum?: readonly unknown[];
  format?: string;
  writeOnly?: boolean;
  examples?: readonly unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

interface Schema {
  properties?: Record<string, Property>;
  required?: readonly string[];
}

export function fieldsOf(schema: unknown): SchemaField[] {
  const { properties = {}, required = [] } = schema as Schema;
  return Object.entries(properties).map(([name, one]) => ({
    name,
    title: one.title ?? name,
    kind: kindOf(one),
    required: required.includes(name),
    options: (one.enum ?? []).filter((value) => typeof value === 'string'),
    ...(one.description === undefined ? {} : { description: one.description }),
    ...(typeof one.examples?.[0] === 'string' ? { example: one.examples[0] } : {}),
    ...(one.default === undefined ? {} : { usual: one.default }),
    ...(one.minimum === undefined ? {} : { lowest: one.minimum }),
    ...(one.maximum === undefined ? {} : { highest: one.maximum }),
    ...(one.maxLength === undefined ? {} : { longest: one.maxLength }),
  }));
}

function kindOf({ type, enum: options, format, writeOnly }: Property): SchemaField['kind'] {
  const first = typeof type === 'string' ? type : type?.find((one) => one !== 'null');
  if (options !== undefined) {
    return 'choice';
  }
  switch (first) {
    case 'boolean':
      return 'tick';
    case 'integer':
      return 'whole';
    case 'number':
      return 'number';
    case 'array':
      return 'words';
    default:
      return writeOnly === true || format === 'password' ? 'secret' : 'text';
  }
}

/** What a form begins with: what is stored, else what is usual. Secrets are never shown. */
export function valuesOf(fields: readonly SchemaField[], stored: Values): Values {
  return Object.fromEntries(
    fields.flatMap(({ name, kind, usual }) => {
      const value = stored[name] ?? usual;
      return kind === 'secret' || value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Only what differs from `before`: a secret left empty stays as it is stored. */
export function changedOf(fields: readonly SchemaField[], before: Values, after: Values): Values {
  const change: Values = {};
  for (const { name, kind, usual } of fields) {
    const given = after[name];
    const value = typeof given === 'string' && kind !== 'secret' ? given.trim() : given;
    const isNothing = value === undefined || value === null || value === '';
    const isUsual = before[name] === undefined && value === usual;
    if (!isNothing && !isUsual && JSON.stringify(value) !== JSON.stringify(before[name])) {
      change[name] = value;
    }
  }
  return change;
}

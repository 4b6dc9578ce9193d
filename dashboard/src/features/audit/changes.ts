/** What an entry of the trail says was changed. */

export interface Change {
  field: string;
  /** Undefined where the entry says only what is now. */
  before: string | undefined;
  after: string;
}

/** `{field: [before, after]}` or `{field: value}`, as the trail keeps it. */
export function changesOf(changes: Readonly<Record<string, unknown>>): Change[] {
  return Object.entries(changes).map(([field, change]) =>
    Array.isArray(change) && change.length === 2
      ? { field, before: shown(change[0]), after: shown(change[1]) }
      : { field, before: undefined, after: shown(change) },
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

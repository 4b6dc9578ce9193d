/** Which fields of records are shown to begin with. */
import type { LakeRecord } from './queries';

const NAMES = ['display_name', 'name', 'complete_name', 'title'];
/** Of use to machines more than to people. */
const DULL = /^(id|create_uid|write_uid|create_date|write_date|active|color|sequence|access_token)$/;
const SHOWN = 6;

/** The fields of these records, the name first, then by name. */
export function fieldNames(records: readonly LakeRecord[]): string[] {
  const names = new Set(records.flatMap(({ data }) => Object.keys(data)));
  return [...names].sort((one, other) => place(one) - place(other) || one.localeCompare(other));
}

/** The name, then those most of the records have something short in. */
export function usualFields(records: readonly LakeRecord[]): string[] {
  const names = fieldNames(records);
  const named = NAMES.filter((name) => names.includes(name)).slice(0, 1);
  const rest = names
    .filter((name) => !DULL.test(name) && !NAMES.includes(name))
    .map((name) => ({
      name,
      filled: records.filter(({ data }) => isTelling(data[name])).length,
      kinds: new Set(records.map(({ data }) => JSON.stringify(data[name]))).size,
    }))
    .filter(({ filled }) => filled > 0)
    // what is the same everywhere tells nothing
    .sort(
      (one, other) =>
        other.filled * Math.min(other.kinds, 8) - one.filled * Math.min(one.kinds, 8),
    )
    .map(({ name }) => name);
  return [...named, ...rest].slice(0, SHOWN);
}

function place(name: string): number {
  const at = NAMES.indexOf(name);
  return at === -1 ? NAMES.length : at;
}

function isTelling(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== false &&
    value !== '' &&
    JSON.stringify(value).length < 60
  );
}

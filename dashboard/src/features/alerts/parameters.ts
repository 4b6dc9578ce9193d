/** Parameters of rules as a form shows them: shares as percent, everything else as it is. */

export const PARAMETERS = [
  'times',
  'share',
  'hours',
  'runs',
  'minutes',
  'requests',
  'events',
  'records',
] as const;
export type ParameterName = (typeof PARAMETERS)[number];

interface Described {
  type?: unknown;
  default?: unknown;
  minimum?: unknown;
  maximum?: unknown;
}

export interface Parameter {
  name: ParameterName;
  initial: number | null;
  whole: boolean;
}

const HUNDRED = 100;

/** The numbers a kind takes, with what a rule has set of them. */
export function parametersOf(
  schema: Record<string, unknown>,
  given: Record<string, unknown>,
): readonly Parameter[] {
  const described = (schema.properties ?? {}) as Record<string, Described>;
  return PARAMETERS.filter((name) => name in described).map((name) => {
    const value = given[name] ?? described[name]?.default;
    const number = typeof value === 'number' ? value : null;
    return {
      name,
      initial: number !== null && name === 'share' ? Math.round(number * HUNDRED) : number,
      whole: described[name]?.type === 'integer' || name === 'share',
    };
  });
}

/** What is sent: all of a rule's parameters, those the form does not show as they were. */
export function parametersToSend(
  shown: readonly Parameter[],
  given: Record<string, unknown>,
  filled: Partial<Record<ParameterName, number | null>>,
): Record<string, unknown> {
  const changed = shown.flatMap(({ name }) => {
    const value = filled[name];
    return value == null ? [] : [[name, name === 'share' ? value / HUNDRED : value] as const];
  });
  return { ...given, ...Object.fromEntries(changed) };
}

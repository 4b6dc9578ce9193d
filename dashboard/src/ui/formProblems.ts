/** Problems of single fields, put beside the fields of a form. */
import { ProblemError } from '@/api/problem';

import type { FormState } from './form/state';

/**
 * Mark the fields of `form` that `error` names. `true` when every problem found its field, so
 * that nothing is left to say above the form.
 */
export function markFields(
  form: Pick<FormState<object>, 'mark' | 'has'>,
  error: unknown,
): boolean {
  if (!(error instanceof ProblemError) || error.fields.length === 0) {
    return false;
  }
  const marks: Record<string, string> = {};
  for (const { pointer, detail } of error.fields) {
    marks[pointer.split('/')[1] ?? ''] ??= detail;
  }
  form.mark(marks);
  return Object.keys(marks).every((name) => form.has(name));
}

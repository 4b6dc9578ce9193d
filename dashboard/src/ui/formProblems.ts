/** Problems of single fields, put beside the fields of a form. */
import type { FormInstance } from 'antd';

import { ProblemError } from '@/api/problem';

type FieldData = Parameters<FormInstance['setFields']>[0][number];

/**
 * Mark the fields of `form` that `error` names. `true` when every problem found its field, so
 * that nothing is left to say above the form.
 */
export function markFields(form: FormInstance, error: unknown): boolean {
  if (!(error instanceof ProblemError) || error.fields.length === 0) {
    return false;
  }
  const known = new Set(Object.keys(form.getFieldsValue(true) as Record<string, unknown>));
  const marks = new Map<string, FieldData>();
  for (const { pointer, detail } of error.fields) {
    const name = pointer.split('/')[1] ?? '';
    if (known.has(name)) {
      marks.set(name, { name, errors: [detail] } as FieldData);
    }
  }
  form.setFields([...marks.values()]);
  return marks.size > 0 && error.fields.every(({ pointer }) => marks.has(pointer.split('/')[1] ?? ''));
}

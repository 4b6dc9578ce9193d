/** Asks for several values of a field, for "one of" and "none of". */
import { Select } from 'antd';

import type { Value } from './domain';
import { kindOf } from './fields';
import type { Field } from './fields';
import { RecordPicker } from './RecordPicker';

interface ListFieldProps {
  field: Field;
  label: string;
  value: Value;
  onChange: (value: Value) => void;
}

export function ListField({ field, label, value, onChange }: ListFieldProps) {
  const list = Array.isArray(value) ? (value as readonly (string | number)[]) : [];
  const kind = kindOf(field);
  if ((kind === 'one' || kind === 'many') && field.relation !== null) {
    return (
      <RecordPicker
        multiple
        label={label}
        model={field.relation}
        value={list.filter((one) => typeof one === 'number')}
        onChange={onChange}
      />
    );
  }
  const isKnown = kind === 'selection';
  return (
    <Select<string[]>
      mode={isKnown ? 'multiple' : 'tags'}
      aria-label={label}
      style={{ inlineSize: '100%', minInlineSize: 180 }}
      value={list.map(String)}
      {...(isKnown
        ? { options: field.selection.map(([code, name]) => ({ value: code, label: name })) }
        : { open: false, suffix: null, tokenSeparators: [','] })}
      onChange={onChange}
    />
  );
}

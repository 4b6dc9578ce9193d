/** Asks for several values of a field, for "one of" and "none of". */
import { Chips } from '@/ui/Chips';
import { Combobox } from '@/ui/Combobox';
import { WordsField } from '@/ui/form/WordsField';

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
  const texts = list.map(String);
  if (kind !== 'selection') {
    return <WordsField label={label} separator={/,/} value={texts} onChange={onChange} />;
  }
  const options = field.selection.map(([code, name]) => ({ value: code, label: name }));
  return (
    <Chips
      label={label}
      items={texts.map(
        (code) => options.find(({ value: one }) => one === code) ?? { value: code, label: code },
      )}
      onRemove={(code) => {
        onChange(texts.filter((one) => one !== code));
      }}
    >
      <Combobox
        label={label}
        value={null}
        options={options.filter(({ value: code }) => !texts.includes(code))}
        onChange={(code) => {
          if (code !== null) {
            onChange([...texts, code]);
          }
        }}
      />
    </Chips>
  );
}

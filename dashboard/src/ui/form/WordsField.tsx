/** Several texts, such as names of models: typed or pasted one after the other. */
import { useState } from 'react';

import { Chips } from '../Chips';
import { TextField } from './fields';
import type { FieldProps } from './Form';

interface WordsFieldProps extends FieldProps<string[]> {
  label: string;
  placeholder?: string;
  /** What ends one text and begins the next. */
  separator: RegExp;
  dir?: 'ltr' | 'auto';
}

export function WordsField(props: WordsFieldProps) {
  const { label, value = [], onChange, separator, dir = 'auto' } = props;
  const [typed, setTyped] = useState('');
  const add = (text: string) => {
    const words = text.split(separator).map((word) => word.trim()).filter((word) => word !== '');
    setTyped('');
    if (words.length > 0) {
      onChange?.([...new Set([...value, ...words])]);
    }
  };
  return (
    <Chips
      label={label}
      items={value.map((word) => ({ value: word, label: word }))}
      onRemove={(word) => {
        onChange?.(value.filter((one) => one !== word));
      }}
    >
      <TextField
        {...(props.id === undefined ? { 'aria-label': label } : { id: props.id })}
        aria-describedby={props['aria-describedby']}
        aria-invalid={props['aria-invalid'] ?? false}
        autoComplete="off"
        spellCheck={false}
        dir={dir}
        {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
        value={typed}
        onChange={(text) => {
          if (separator.test(text)) {
            add(text);
          } else {
            setTyped(text);
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && typed.trim() !== '') {
            event.preventDefault();
            add(typed);
          } else if (event.key === 'Backspace' && typed === '' && value.length > 0) {
            onChange?.(value.slice(0, -1));
          }
        }}
        onBlur={() => {
          add(typed);
        }}
      />
    </Chips>
  );
}

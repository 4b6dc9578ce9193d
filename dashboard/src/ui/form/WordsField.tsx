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
  const open = typed.trim();
  // the text that is being typed counts already, so that one press of a button finds it there
  const isOpen = open !== '' && value.at(-1) === open;
  const done = isOpen ? value.slice(0, -1) : value;
  const tell = (words: readonly string[]) => {
    onChange?.([...new Set(words)]);
  };
  return (
    <Chips
      label={label}
      items={done.map((word) => ({ value: word, label: word }))}
      onRemove={(word) => {
        tell(value.filter((one) => one !== word));
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
        value={isOpen || open === '' ? typed : ''}
        onChange={(text) => {
          const words = text.split(separator).map((word) => word.trim());
          setTyped(separator.test(text) ? '' : text);
          tell([...done.filter((word) => !words.includes(word)), ...words.filter((word) => word !== '')]);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && isOpen) {
            event.preventDefault();
            setTyped('');
          } else if (event.key === 'Backspace' && typed === '' && value.length > 0) {
            tell(value.slice(0, -1));
          }
        }}
      />
    </Chips>
  );
}

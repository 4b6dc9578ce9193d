/** Asks for one value of a field: while filtering, and while a record is changed. */
import { useTranslation } from 'react-i18next';

import { useTimeZone } from '@/preferences/preferences';
import { Choice } from '@/ui/Choice';
import { NumberField, TextArea, TextField } from '@/ui/form/fields';

import type { Value } from './domain';
import styles from './explorer.module.css';
import { kindOf } from './fields';
import type { Field } from './fields';
import { localOf, odooOf } from './odooTime';
import { RecordPicker } from './RecordPicker';

interface ValueFieldProps {
  field: Field;
  label: string;
  value: Value;
  /** Nothing can be given: false is what Odoo takes for it. */
  emptiable?: boolean;
  onChange: (value: Value) => void;
}

export function ValueField({ field, label, value, emptiable = false, onChange }: ValueFieldProps) {
  const { t } = useTranslation('explorer');
  const zone = useTimeZone();
  const none: Value = emptiable ? false : '';
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  switch (kindOf(field)) {
    case 'boolean':
      return (
        <Choice
          label={label}
          value={value === true ? 'yes' : 'no'}
          options={[
            { value: 'yes', label: t('yes') },
            { value: 'no', label: t('no') },
          ]}
          onChange={(chosen) => {
            onChange(chosen === 'yes');
          }}
        />
      );
    case 'number':
      return (
        <NumberField
          aria-label={label}
          className={styles.value ?? ''}
          value={typeof value === 'number' ? value : null}
          whole={field.type === 'integer'}
          onChange={(given) => {
            onChange(given ?? (emptiable ? 0 : null));
          }}
        />
      );
    case 'date':
      return (
        <input
          type="date"
          aria-label={label}
          className={styles.native}
          value={text}
          onChange={({ target }) => {
            onChange(target.value || none);
          }}
        />
      );
    case 'datetime':
      return (
        <input
          type="datetime-local"
          aria-label={label}
          title={zone}
          className={styles.native}
          value={localOf(value, zone)}
          onChange={({ target }) => {
            onChange(odooOf(target.value, zone) || none);
          }}
        />
      );
    case 'selection':
      return (
        <Choice
          label={label}
          value={text}
          options={[
            ...(emptiable || text === '' ? [{ value: '', label: t('nothing') }] : []),
            ...field.selection.map(([code, name]) => ({ value: code, label: name })),
          ]}
          onChange={(chosen) => {
            onChange(chosen || none);
          }}
        />
      );
    case 'one':
      if (field.relation !== null && typeof value !== 'string') {
        return (
          <RecordPicker
            label={label}
            model={field.relation}
            multiple={false}
            clearable={emptiable}
            value={typeof value === 'number' ? [value] : []}
            onChange={([id]) => {
              onChange(id ?? (emptiable ? false : null));
            }}
          />
        );
      }
      break;
    case 'many':
      if (field.relation !== null && emptiable) {
        return (
          <RecordPicker
            multiple
            label={label}
            model={field.relation}
            value={
              Array.isArray(value)
                ? (value as readonly unknown[]).filter((one): one is number => typeof one === 'number')
                : []
            }
            onChange={onChange}
          />
        );
      }
      break;
  }
  const isLong = field.type === 'text' || field.type === 'html';
  return isLong && emptiable ? (
    <TextArea
      aria-label={label}
      dir="auto"
      rows={2}
      value={text}
      onChange={(text) => {
        onChange(text || none);
      }}
    />
  ) : (
    <TextField
      aria-label={label}
      dir="auto"
      className={styles.value ?? ''}
      value={text}
      onChange={(text) => {
        onChange(text || none);
      }}
    />
  );
}

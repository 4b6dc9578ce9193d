/** Conditions on records: a field, what about it, and a value; all of them hold. */
import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Chips } from '@/ui/Chips';
import { Choice } from '@/ui/Choice';
import { Combobox } from '@/ui/Combobox';
import { TextField } from '@/ui/form/fields';

import styles from './lake.module.css';
import { OPERATORS, readTerm, takesValue, writeTerm } from './search';
import type { Operator } from './search';

interface FiltersProps {
  /** As they stand in the address. */
  terms: readonly string[];
  fields: readonly string[];
  onChange: (terms: readonly string[]) => void;
}

export function Filters({ terms, fields, onChange }: FiltersProps) {
  const { t } = useTranslation('lake');
  const [field, setField] = useState<string | null>(null);
  const [operator, setOperator] = useState<Operator>('contains');
  const [value, setValue] = useState('');
  const isReady = field !== null && (!takesValue(operator) || value.trim() !== '');
  const add = () => {
    if (isReady) {
      onChange([...new Set([...terms, writeTerm({ field, operator, value })])]);
      setField(null);
      setValue('');
    }
  };
  return (
    <div role="search" className={styles.filters}>
      <form
        className={styles.filter}
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Combobox
          free
          clearable
          className={styles.field}
          label={t('filter.field')}
          placeholder={t('filter.field')}
          value={field}
          options={fields.map((name) => ({ value: name, label: name }))}
          onChange={setField}
        />
        <Choice
          label={t('filter.operator')}
          value={operator}
          options={OPERATORS.map((one) => ({ value: one, label: t(`operator.${one}`) }))}
          onChange={(one) => {
            setOperator(OPERATORS.find((known) => known === one) ?? 'contains');
          }}
        />
        {takesValue(operator) && (
          <TextField
            dir="auto"
            className={styles.value}
            aria-label={t('filter.value')}
            placeholder={operator === 'in' ? t('filter.values') : t('filter.value')}
            value={value}
            onChange={setValue}
          />
        )}
        <Button htmlType="submit" icon={<PlusOutlined aria-hidden />} disabled={!isReady}>
          {t('filter.add')}
        </Button>
      </form>
      {terms.length > 0 && (
        <Chips
          label={t('filter.all')}
          items={terms.map((term) => {
            const read = readTerm(term);
            return {
              value: term,
              label:
                read === null
                  ? term
                  : `${read.field} ${t(`operator.${read.operator}`)} ${read.value}`.trim(),
            };
          })}
          onRemove={(term) => {
            onChange(terms.filter((one) => one !== term));
          }}
        />
      )}
    </div>
  );
}

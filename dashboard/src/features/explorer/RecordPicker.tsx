/** Choose records of a model by name. */
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';

import { useApi } from '@/api/context';
import { Chips } from '@/ui/Chips';
import { Combobox } from '@/ui/Combobox';

import { namesLikeQuery, namesOfQuery } from './queries';

interface RecordPickerProps {
  id?: string;
  label: string;
  model: string;
  value: readonly number[];
  /** Whether more than one can be chosen. */
  multiple: boolean;
  /** Whether none can be chosen. */
  clearable?: boolean;
  onChange: (ids: number[]) => void;
}

export function RecordPicker(props: RecordPickerProps) {
  const { id, label, model, value, multiple, clearable = false, onChange } = props;
  const api = useApi();
  const [typed, setTyped] = useState('');
  const [opened, setOpened] = useState(false);
  const text = useDeferredValue(typed);
  const found = useQuery({ ...namesLikeQuery(api, model, text), enabled: opened });
  const named = useQuery(namesOfQuery(api, model, value));
  const names = new Map(
    [...(named.data ?? []), ...(found.data ?? [])].map((choice) => [choice.value, choice.label]),
  );
  const nameOf = (one: number) => names.get(one) ?? `#${one}`;
  const isShown = (one: number) => !multiple || !value.includes(one);
  const field = (
    <Combobox
      {...(id === undefined ? {} : { id })}
      label={label}
      clearable={clearable && !multiple}
      busy={found.isFetching}
      value={multiple || value[0] === undefined ? null : String(value[0])}
      options={[
        ...(multiple || value[0] === undefined || found.data?.some((one) => one.value === value[0])
          ? []
          : [{ value: String(value[0]), label: nameOf(value[0]) }]),
        ...(found.data ?? [])
          .filter((one) => isShown(one.value))
          .map((one) => ({ value: String(one.value), label: one.label })),
      ]}
      onType={setTyped}
      onOpen={() => {
        setOpened(true);
      }}
      onChange={(chosen) => {
        const one = chosen === null ? [] : [Number(chosen)];
        onChange(multiple ? [...value, ...one] : one);
      }}
    />
  );
  return multiple ? (
    <Chips
      label={label}
      items={value.map((one) => ({ value: one, label: nameOf(one) }))}
      onRemove={(removed) => {
        onChange(value.filter((one) => one !== removed));
      }}
    >
      {field}
    </Chips>
  ) : (
    field
  );
}

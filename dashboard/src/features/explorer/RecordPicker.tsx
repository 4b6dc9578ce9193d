/** Choose records of a model by name. */
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';

import { useApi } from '@/api/context';

import { namesLikeQuery, namesOfQuery } from './queries';
import type { Choice } from './queries';

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
  const options = new Map<number, Choice>();
  for (const choice of [...(named.data ?? []), ...(found.data ?? [])]) {
    options.set(choice.value, choice);
  }
  for (const one of value) {
    if (!options.has(one)) {
      options.set(one, { value: one, label: `#${one}` });
    }
  }
  const shared = {
    ...(id === undefined ? {} : { id }),
    'aria-label': label,
    showSearch: { filterOption: false, onSearch: setTyped },
    loading: found.isFetching,
    options: [...options.values()],
    onOpenChange: setOpened,
    style: { inlineSize: '100%', minInlineSize: 180 },
  };
  return multiple ? (
    <Select<number[], Choice>
      {...shared}
      mode="multiple"
      value={[...value]}
      onChange={(ids) => {
        onChange(ids);
      }}
    />
  ) : (
    <Select<number, Choice>
      {...shared}
      allowClear={clearable}
      value={value[0] ?? null}
      onChange={(one: number | undefined) => {
        onChange(one === undefined ? [] : [one]);
      }}
    />
  );
}

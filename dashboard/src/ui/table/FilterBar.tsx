import { ClearOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Choice } from '../Choice';
import { ExportButton } from './ExportButton';
import { SearchText } from './SearchText';
import styles from './FilterBar.module.css';

/** One filter of a list; an empty value is none. */
export interface Filter {
  id: string;
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  /** What none means, where that is not all of them. */
  none?: string;
}

interface FilterBarProps {
  /** Text to find, and what it is looked for in. */
  text: string | undefined;
  textLabel: string;
  filters: readonly Filter[];
  onChange: (id: string, value: string | undefined) => void;
  onClear: () => void;
  /** Saves what the filters show as CSV. */
  onExport?: () => Promise<void>;
  aside?: ReactNode;
  /** The text is code, such as an id. */
  code?: boolean;
  /** Filters of other kinds, and whether any of them is set. */
  children?: ReactNode;
  isFiltered?: boolean;
}

/** What is asked of a list: text, choices, and the way to take the answer away as a file. */
export function FilterBar(props: FilterBarProps) {
  const { text, textLabel, filters, onChange, onClear, onExport, aside } = props;
  const { t } = useTranslation('common');
  const filtered =
    props.isFiltered === true ||
    text !== undefined ||
    filters.some(({ value }) => value !== undefined);
  return (
    <div role="search" className={styles.bar}>
      <SearchText
        label={textLabel}
        value={text ?? ''}
        className={styles.text ?? ''}
        code={props.code === true}
        onChange={(value) => {
          onChange('search', value === '' ? undefined : value);
        }}
      />
      {filters.map((filter) => (
        <Choice
          key={filter.id}
          label={filter.label}
          value={filter.value ?? ''}
          options={[
            { value: '', label: filter.none ?? t('table.any', { what: filter.label }) },
            ...filter.options,
          ]}
          onChange={(value) => {
            onChange(filter.id, value === '' ? undefined : value);
          }}
        />
      ))}
      {props.children}
      {filtered && (
        <Button type="text" icon={<ClearOutlined aria-hidden />} onClick={onClear}>
          {t('table.clearFilters')}
        </Button>
      )}
      <span className={styles.aside}>
        {aside}
        {onExport !== undefined && <ExportButton onExport={onExport} />}
      </span>
    </div>
  );
}

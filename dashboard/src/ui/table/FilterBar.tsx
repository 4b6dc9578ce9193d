import { ClearOutlined, DownloadOutlined, SearchOutlined } from '@ant-design/icons';
import { App, Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Choice } from '../Choice';
import styles from './FilterBar.module.css';

/** One filter of a list; an empty value is none. */
export interface Filter {
  id: string;
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
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
}

const TYPING_MS = 250;

/** What is asked of a list: text, choices, and the way to take the answer away as a file. */
export function FilterBar(props: FilterBarProps) {
  const { text, textLabel, filters, onChange, onClear, onExport, aside } = props;
  const { t } = useTranslation('common');
  const filtered = text !== undefined || filters.some(({ value }) => value !== undefined);
  return (
    <div role="search" className={styles.bar}>
      <SearchText
        label={textLabel}
        value={text ?? ''}
        onChange={(value) => {
          onChange('search', value === '' ? undefined : value);
        }}
      />
      {filters.map((filter) => (
        <Choice
          key={filter.id}
          label={filter.label}
          value={filter.value ?? ''}
          options={[{ value: '', label: t('table.any', { what: filter.label }) }, ...filter.options]}
          onChange={(value) => {
            onChange(filter.id, value === '' ? undefined : value);
          }}
        />
      ))}
      {filtered && (
        <Button type="text" icon={<ClearOutlined />} onClick={onClear}>
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

interface SearchTextProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function SearchText({ label, value, onChange }: SearchTextProps) {
  const [typed, setTyped] = useState(value);
  const [given, setGiven] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (given !== value) {
    setGiven(value);
    setTyped(value);
  }
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  return (
    <Input
      allowClear
      type="search"
      className={styles.text ?? ''}
      aria-label={label}
      placeholder={label}
      prefix={<SearchOutlined aria-hidden />}
      value={typed}
      onChange={({ target }) => {
        setTyped(target.value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          setGiven(target.value.trim());
          onChange(target.value.trim());
        }, TYPING_MS);
      }}
    />
  );
}

function ExportButton({ onExport }: { onExport: () => Promise<void> }) {
  const { t } = useTranslation('common');
  const { notification } = App.useApp();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      icon={<DownloadOutlined />}
      loading={busy}
      onClick={() => {
        setBusy(true);
        onExport()
          .catch((error: unknown) => {
            const description = error instanceof Error ? error.message : String(error);
            notification.error({ title: t('table.exportFailed'), description });
          })
          .finally(() => {
            setBusy(false);
          });
      }}
    >
      {t('table.export')}
    </Button>
  );
}

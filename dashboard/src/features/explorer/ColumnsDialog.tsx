import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '@/ui/Dialog';
import { TextField, Tick } from '@/ui/form/fields';

import styles from './explorer.module.css';
import { isShown } from './fields';
import type { Field } from './fields';

interface ColumnsDialogProps {
  fields: readonly Field[];
  chosen: readonly string[];
  onChoose: (names: string[]) => void;
  onCancel: () => void;
}

/** Which fields are shown as columns. Those that are chosen come first, in their order. */
export function ColumnsDialog({ fields, chosen, onChoose, onCancel }: ColumnsDialogProps) {
  const { t } = useTranslation('explorer');
  const [names, setNames] = useState<readonly string[]>(chosen);
  const [typed, setTyped] = useState('');
  const [first] = useState(() => new Set(chosen));
  const text = typed.trim().toLocaleLowerCase();
  const found = fields
    .filter(isShown)
    .filter(({ name, label }) => `${name} ${label}`.toLocaleLowerCase().includes(text))
    .sort((one, other) => Number(first.has(other.name)) - Number(first.has(one.name)));
  return (
    <Dialog
      wide
      title={t('columns.title')}
      confirm={t('columns.show', { count: names.length })}
      disabled={names.length === 0}
      onConfirm={() => {
        onChoose([...names]);
      }}
      onCancel={onCancel}
    >
      <TextField
        type="search"
        autoFocus
        aria-label={t('columns.find')}
        placeholder={t('columns.find')}
        value={typed}
        onChange={(text) => {
          setTyped(text);
        }}
      />
      <div role="group" aria-label={t('columns.title')} className={styles.columns}>
        {found.map(({ name, label, type }) => (
          <Tick
            key={name}
            value={names.includes(name)}
            onChange={(isTicked) => {
              setNames(
                isTicked ? [...names, name] : names.filter((one) => one !== name),
              );
            }}
          >
            <bdi>{label}</bdi> <code>{`${name} · ${type}`}</code>
          </Tick>
        ))}
        {found.length === 0 && <p>{t('columns.none')}</p>}
      </div>
    </Dialog>
  );
}

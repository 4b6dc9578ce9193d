/** Things that were chosen, each with the way to take it back. */
import { CloseOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Chips.module.css';

interface ChipsProps<Value extends string | number> {
  label: string;
  items: readonly { value: Value; label: string }[];
  onRemove: (value: Value) => void;
  /** The way to choose one more. */
  children?: ReactNode;
}

export function Chips<Value extends string | number>(props: ChipsProps<Value>) {
  const { t } = useTranslation('common');
  return (
    <div role="group" aria-label={props.label} className={styles.chips}>
      {props.items.length > 0 && (
        <ul className={styles.list}>
          {props.items.map(({ value, label }) => (
            <li key={value} className={styles.chip}>
              <bdi>{label}</bdi>
              <button
                type="button"
                aria-label={t('removeOne', { name: label })}
                className={styles.remove}
                onClick={() => {
                  props.onRemove(value);
                }}
              >
                <CloseOutlined aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      {props.children}
    </div>
  );
}

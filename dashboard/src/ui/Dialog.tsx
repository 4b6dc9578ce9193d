/** A question over the page: the browser's own dialog, which keeps the focus and closes on Esc. */
import { Button } from 'antd';
import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Dialog.module.css';

interface DialogProps {
  title: string;
  children: ReactNode;
  /** What the button says that does it; left out where there is nothing to do but read. */
  confirm?: string;
  danger?: boolean;
  /** It can't be done yet. */
  disabled?: boolean;
  busy?: boolean;
  /** Room for a table or many fields. */
  wide?: boolean;
  /** Only its own button closes it, not Esc: what it shows can't be seen again. */
  locked?: boolean;
  onConfirm?: () => void;
  onCancel: () => void;
}

export function Dialog(props: DialogProps) {
  const { title, children, confirm, danger = false, disabled = false, busy = false } = props;
  const { t } = useTranslation('common');
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
    // what is only read begins at its title, not at whatever of it can be focused first
    heading.current?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={props.wide === true ? `${styles.dialog} ${styles.wide}` : styles.dialog}
      aria-labelledby={id}
      onClose={props.onCancel}
      onCancel={(event) => {
        if (props.locked === true) {
          event.preventDefault();
        }
      }}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!disabled && !busy) {
            props.onConfirm?.();
          }
        }}
      >
        <h2
          id={id}
          className={styles.title}
          {...(confirm === undefined ? { ref: heading, tabIndex: -1 } : {})}
        >
          <bdi>{title}</bdi>
        </h2>
        {children}
        <div className={styles.actions}>
          {(confirm === undefined || props.locked !== true) && (
            <Button onClick={props.onCancel}>
              {confirm === undefined ? t('close') : t('cancel')}
            </Button>
          )}
          {confirm !== undefined && (
            <Button
              type="primary"
              htmlType="submit"
              danger={danger}
              disabled={disabled}
              loading={busy}
            >
              {confirm}
            </Button>
          )}
        </div>
      </form>
    </dialog>
  );
}

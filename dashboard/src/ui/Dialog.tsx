/** A question over the page: the browser's own dialog, which keeps the focus and closes on Esc. */
import { Button } from 'antd';
import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Dialog.module.css';

interface DialogProps {
  title: string;
  children: ReactNode;
  /** What the button says that does it. */
  confirm: string;
  danger?: boolean;
  /** It can't be done yet. */
  disabled?: boolean;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

export function Dialog(props: DialogProps) {
  const { title, children, confirm, danger = false, disabled = false, busy } = props;
  const { t } = useTranslation('common');
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onClose={props.onCancel}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!disabled && !busy) {
            props.onConfirm();
          }
        }}
      >
        <h2 id={id} className={styles.title}>
          <bdi>{title}</bdi>
        </h2>
        {children}
        <div className={styles.actions}>
          <Button onClick={props.onCancel}>{t('cancel')}</Button>
          <Button
            type="primary"
            htmlType="submit"
            danger={danger}
            disabled={disabled}
            loading={busy}
          >
            {confirm}
          </Button>
        </div>
      </form>
    </dialog>
  );
}

import { Modal } from 'antd';
import type { ReactNode } from 'react';

import { ErrorPanel } from './ErrorPanel';

interface ConfirmDialogProps {
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  confirm: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks once before something others will notice. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal
      open
      title={props.title}
      okText={props.confirm}
      okButtonProps={{ danger: props.danger === true }}
      confirmLoading={props.busy}
      onOk={props.onConfirm}
      onCancel={props.onCancel}
    >
      {props.error != null && <ErrorPanel compact error={props.error} />}
      <p>{props.children}</p>
    </Modal>
  );
}

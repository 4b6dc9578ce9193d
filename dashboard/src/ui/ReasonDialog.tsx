import { Form, Input, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorPanel } from './ErrorPanel';

interface ReasonDialogProps {
  title: string;
  /** What will happen. */
  children: ReactNode;
  confirm: string;
  /** Whether it can be done without giving one. */
  optional?: boolean;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: (reason: string) => void;
  onCancel: () => void;
}

/** Asks why before something is done that others will want to understand later. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { t } = useTranslation('common');
  const id = useId();
  const [reason, setReason] = useState('');
  const missing = props.optional !== true && reason.trim() === '';
  return (
    <Modal
      open
      title={props.title}
      okText={props.confirm}
      okButtonProps={{ danger: props.danger === true, disabled: missing }}
      confirmLoading={props.busy}
      onOk={() => {
        props.onConfirm(reason.trim());
      }}
      onCancel={props.onCancel}
    >
      {props.error != null && <ErrorPanel compact error={props.error} />}
      <p>{props.children}</p>
      <Form layout="vertical" component="div">
        <Form.Item
          label={props.optional === true ? t('reason.optional') : t('reason.label')}
          htmlFor={id}
          extra={t('reason.kept')}
        >
          <Input.TextArea
            id={id}
            autoFocus
            maxLength={500}
            rows={3}
            value={reason}
            onChange={({ target }) => {
              setReason(target.value);
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

import { Form, Input, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useId, useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';

import { ErrorPanel } from './ErrorPanel';

interface TypedConfirmDialogProps {
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** What has to be typed: names the thing, so that it is the right one. */
  word: string;
  confirm: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Lets something grave be done only by whoever typed the name of what it is done to. */
export function TypedConfirmDialog(props: TypedConfirmDialogProps) {
  const { t } = useTranslation('common');
  const id = useId();
  const [typed, setTyped] = useState('');
  const matches = typed.trim() === props.word;
  return (
    <Modal
      open
      title={props.title}
      okText={props.confirm}
      okButtonProps={{ danger: true, disabled: !matches }}
      confirmLoading={props.busy}
      onOk={props.onConfirm}
      onCancel={props.onCancel}
    >
      {props.error != null && <ErrorPanel compact error={props.error} />}
      <p>{props.children}</p>
      <Form layout="vertical" component="div">
        <Form.Item
          htmlFor={id}
          label={
            <span>
              <Trans
                t={t}
                i18nKey="typeToConfirm"
                values={{ word: props.word }}
                components={{ code: <code /> }}
              />
            </span>
          }
        >
          <Input
            id={id}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            dir="ltr"
            value={typed}
            onChange={({ target }) => {
              setTyped(target.value);
            }}
            onPressEnter={() => {
              if (matches && !props.busy) {
                props.onConfirm();
              }
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

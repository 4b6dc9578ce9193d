import type { ReactNode } from 'react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from './Dialog';
import { ErrorPanel } from './ErrorPanel';
import { LabelledField } from './LabelledField';
import { TextArea } from '@/ui/form/fields';

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
  const { optional = false, danger = false, title, confirm, busy, error, onCancel } = props;
  const { t } = useTranslation('common');
  const id = useId();
  const [reason, setReason] = useState('');
  return (
    <Dialog
      title={title}
      confirm={confirm}
      danger={danger}
      disabled={!optional && reason.trim() === ''}
      busy={busy}
      onConfirm={() => {
        props.onConfirm(reason.trim());
      }}
      onCancel={onCancel}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <p>{props.children}</p>
      <LabelledField
        htmlFor={id}
        label={optional ? t('reason.optional') : t('reason.label')}
        hint={t('reason.kept')}
      >
        <TextArea
          id={id}
          autoFocus
          dir="auto"
          maxLength={500}
          rows={3}
          value={reason}
          onChange={(text) => {
            setReason(text);
          }}
        />
      </LabelledField>
    </Dialog>
  );
}

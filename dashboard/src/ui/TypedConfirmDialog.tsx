import type { ReactNode } from 'react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from './Dialog';
import { ErrorPanel } from './ErrorPanel';
import { LabelledField } from './LabelledField';
import { TextField } from '@/ui/form/fields';

const PLACE = '\u0000';

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
  const { title, word, confirm, busy, error, onConfirm, onCancel } = props;
  const { t } = useTranslation('common');
  const id = useId();
  const [typed, setTyped] = useState('');
  // react-i18next's component for this weighs more than the rest of the dialog
  const [before, after] = t('typeToConfirm', { word: PLACE }).split(PLACE);
  return (
    <Dialog
      danger
      title={title}
      confirm={confirm}
      disabled={typed.trim() !== word}
      busy={busy}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <p>{props.children}</p>
      <LabelledField
        htmlFor={id}
        label={
          <>
            {before}
            <code>{word}</code>
            {after}
          </>
        }
      >
        <TextField
          id={id}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          dir="ltr"
          value={typed}
          onChange={(text) => {
            setTyped(text);
          }}
        />
      </LabelledField>
    </Dialog>
  );
}

/** Asks for the words that go with settling an error, or taking that back. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { LabelledField } from '@/ui/LabelledField';
import { ReasonDialog } from '@/ui/ReasonDialog';
import { useToasts } from '@/ui/toasts';
import { TextArea } from '@/ui/form/fields';

import { useReopenError, useResolveError } from './changes';

interface SettleProps {
  errorId: string;
  onClose: () => void;
}

export function ResolveDialog({ errorId, onClose }: SettleProps) {
  const { t } = useTranslation('logs');
  const toasts = useToasts();
  const id = useId();
  const [notes, setNotes] = useState('');
  const resolve = useResolveError(errorId);
  return (
    <Dialog
      title={t('resolve.title')}
      confirm={t('error.resolve')}
      disabled={notes.trim() === ''}
      busy={resolve.isPending}
      onConfirm={() => {
        resolve.mutate(notes.trim(), {
          onSuccess: () => {
            toasts.success(t('resolve.done'));
            onClose();
          },
        });
      }}
      onCancel={onClose}
    >
      {resolve.isError && <ErrorPanel compact error={resolve.error} />}
      <p>{t('resolve.means')}</p>
      <LabelledField htmlFor={id} label={t('resolve.notes')} hint={t('resolve.notesHint')}>
        <TextArea
          id={id}
          autoFocus
          dir="auto"
          maxLength={4000}
          rows={4}
          value={notes}
          onChange={(text) => {
            setNotes(text);
          }}
        />
      </LabelledField>
    </Dialog>
  );
}

export function ReopenDialog({ errorId, onClose }: SettleProps) {
  const { t } = useTranslation('logs');
  const toasts = useToasts();
  const reopen = useReopenError(errorId);
  return (
    <ReasonDialog
      optional
      title={t('reopen.title')}
      confirm={t('error.reopen')}
      busy={reopen.isPending}
      error={reopen.error}
      onConfirm={(reason) => {
        reopen.mutate(reason, {
          onSuccess: () => {
            toasts.success(t('reopen.done'));
            onClose();
          },
        });
      }}
      onCancel={onClose}
    >
      {t('reopen.means')}
    </ReasonDialog>
  );
}

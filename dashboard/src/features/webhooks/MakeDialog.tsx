/** Makes a secret or an address, and shows it this once. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { CodeBlock } from '@/ui/CodeBlock';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { LabelledField } from '@/ui/LabelledField';
import { Notice } from '@/ui/Notice';
import { TextField } from '@/ui/form/fields';

import { useMakeAddress, useMakeSecret } from './queries';
import type { WebhookStatus } from './queries';

export type Making = 'secret' | 'rotation' | 'address';

interface MakeDialogProps {
  making: Making;
  receivers: WebhookStatus['receivers'];
  onClose: () => void;
}

export function MakeDialog({ making, receivers, onClose }: MakeDialogProps) {
  const { t } = useTranslation('webhooks');
  const id = useId();
  const [connection, setConnection] = useState(receivers[0]?.connection_id ?? '');
  const [name, setName] = useState('');
  const [made, setMade] = useState<string>();
  const secret = useMakeSecret();
  const address = useMakeAddress();
  const { error, isPending } = making === 'address' ? address : secret;
  if (made !== undefined) {
    const shown = making === 'address' && made.startsWith('/') ? location.origin + made : made;
    return (
      <Dialog locked title={t(`make.done.${making}`)} onCancel={onClose}>
        <Notice title={t('make.once')}>{t('make.onceHint')}</Notice>
        <CodeBlock label={t(`make.what.${making}`)} code={shown} />
        <p>{t(`make.next.${making}`)}</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t(`make.title.${making}`)}
      confirm={t(`make.confirm.${making}`)}
      busy={isPending}
      onCancel={onClose}
      onConfirm={() => {
        const body = { connection_id: connection, name: name.trim() || 'default' };
        const told = { onSuccess: setMade };
        if (making === 'address') {
          address.mutate(body, told);
        } else {
          secret.mutate({ ...body, rotate: making === 'rotation' }, told);
        }
      }}
    >
      {error !== null && <ErrorPanel compact error={error} />}
      <p>{t(`make.hint.${making}`)}</p>
      <LabelledField htmlFor={`${id}-connection`} label={t('fields.connection')}>
        <ChoiceField
          id={`${id}-connection`}
          value={connection}
          options={receivers.map((one) => ({ value: one.connection_id, label: one.connection }))}
          onChange={setConnection}
        />
      </LabelledField>
      <LabelledField htmlFor={`${id}-name`} label={t('fields.name')} hint={t('make.nameHint')}>
        <TextField
          id={`${id}-name`}
          dir="auto"
          maxLength={100}
          placeholder="default"
          value={name}
          onChange={setName}
        />
      </LabelledField>
    </Dialog>
  );
}

/** A new record of a model, beginning with what Odoo would fill in. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { useToasts } from '@/ui/toasts';

import { isShown } from './fields';
import type { Field } from './fields';
import { defaultsQuery, useCreateRecord } from './queries';
import { RecordFields, sentOf } from './RecordFields';
import type { Changes } from './RecordFields';

interface NewRecordDialogProps {
  model: string;
  fields: readonly Field[];
  onCreated: (id: number) => void;
  onClose: () => void;
}

export function NewRecordDialog({ model, fields, onCreated, onClose }: NewRecordDialogProps) {
  const { t } = useTranslation('explorer');
  const toasts = useToasts();
  const [changed, setChanged] = useState<Changes>({});
  // what has to be given comes first
  const shown = fields
    .filter(isShown)
    .sort((one, other) => Number(other.required) - Number(one.required));
  const query = useQuery(defaultsQuery(useApi(), model, shown.map(({ name }) => name)));
  const create = useCreateRecord(model);
  const stored = query.data ?? {};
  return (
    <Dialog
      wide
      title={t('create.title', { model })}
      confirm={t('create.submit')}
      disabled={Object.keys(changed).length === 0}
      busy={create.isPending}
      onConfirm={() => {
        create.mutate(sentOf(fields, stored, changed), {
          onSuccess: (id) => {
            toasts.success(t('create.done', { id }));
            onCreated(id);
          },
        });
      }}
      onCancel={onClose}
    >
      {create.isError && <ErrorPanel compact error={create.error} />}
      {query.isPending ? (
        <Skeleton lines={8} />
      ) : (
        <RecordFields fields={shown} stored={stored} changed={changed} onChange={setChanged} />
      )}
    </Dialog>
  );
}

/** A new client, for which a name is enough, or a change of one. */
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useTimeZone } from '@/preferences/preferences';
import { ComboboxField } from '@/ui/ComboboxField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { useToasts } from '@/ui/toasts';

import { useChangeClient, useCreateClient } from './queries';
import type { Client } from './queries';

interface ClientValues {
  name: string;
  contact_email?: string;
  time_zone?: string;
}

interface ClientDialogProps {
  /** Who is changed; null for a new one. */
  client: Client | null;
  onClose: () => void;
}

export default function ClientDialog({ client, onClose }: ClientDialogProps) {
  const { t } = useTranslation('automation');
  const toasts = useToasts();
  const navigate = useNavigate();
  const form = useForm<ClientValues>();
  const own = useTimeZone();
  const create = useCreateClient();
  const change = useChangeClient();
  const saving = client === null ? create : change;
  const [saidByFields, setSaidByFields] = useState(false);
  const zones = useMemo(
    () => [
      ...new Set(['UTC', own, client?.time_zone ?? own, ...Intl.supportedValuesOf('timeZone')]),
    ],
    [own, client],
  );
  return (
    <Dialog
      title={client === null ? t('newClient.title') : t('client.editOne', { name: client.name })}
      confirm={client === null ? t('newClient.create') : t('client.save')}
      busy={saving.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {saving.isError && !saidByFields && <ErrorPanel compact error={saving.error} />}
      <Form<ClientValues>
        form={form}
        inside
        initialValues={{
          name: client?.name ?? '',
          contact_email: client?.contact_email ?? '',
          time_zone: client?.time_zone ?? own,
        }}
        onFinish={({ name, contact_email, time_zone }) => {
          const email = contact_email?.trim() ?? '';
          const body = { name: name.trim(), ...(time_zone === undefined ? {} : { time_zone }) };
          const onError = (error: unknown) => {
            setSaidByFields(markFields(form, error));
          };
          if (client === null) {
            create.mutate(
              { ...body, ...(email === '' ? {} : { contact_email: email }) },
              {
                onSuccess: ({ id }) => {
                  void navigate({ to: '/clients/$clientId', params: { clientId: id } });
                },
                onError,
              },
            );
          } else {
            change.mutate(
              { id: client.id, ...body, contact_email: email === '' ? null : email },
              {
                onSuccess: () => {
                  toasts.success(t('client.changed', { name: body.name }));
                  onClose();
                },
                onError,
              },
            );
          }
        }}
      >
        <FormItem
          name="name"
          label={t('newClient.name')}
          rules={[{ required: true, message: t('newClient.nameMissing') }]}
        >
          <TextField autoFocus dir="auto" maxLength={200} autoComplete="off" />
        </FormItem>
        <FormItem
          name="contact_email"
          label={t('newClient.email')}
          rules={[{ email: true, message: t('newClient.emailInvalid') }]}
        >
          <TextField dir="ltr" inputMode="email" maxLength={254} autoComplete="off" />
        </FormItem>
        <FormItem name="time_zone" label={t('newClient.timeZone')} hint={t('newClient.timeZoneHint')}>
          <ComboboxField options={zones.map((value) => ({ value, label: value }))} />
        </FormItem>
      </Form>
    </Dialog>
  );
}

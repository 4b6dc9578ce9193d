/** A new client: a name is enough; its n8n and its people follow on its own page. */
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

import { useCreateClient } from './queries';

interface ClientValues {
  name: string;
  contact_email?: string;
  time_zone?: string;
}

export default function NewClientDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('automation');
  const navigate = useNavigate();
  const form = useForm<ClientValues>();
  const own = useTimeZone();
  const create = useCreateClient();
  const [saidByFields, setSaidByFields] = useState(false);
  const zones = useMemo(
    () => [...new Set(['UTC', own, ...Intl.supportedValuesOf('timeZone')])],
    [own],
  );
  return (
    <Dialog
      title={t('newClient.title')}
      confirm={t('newClient.create')}
      busy={create.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {create.isError && !saidByFields && <ErrorPanel compact error={create.error} />}
      <Form<ClientValues>
        form={form}
        inside
        initialValues={{ name: '', time_zone: own }}
        onFinish={({ name, contact_email, time_zone }) => {
          const email = contact_email?.trim();
          create.mutate(
            {
              name: name.trim(),
              ...(email ? { contact_email: email } : {}),
              ...(time_zone === undefined ? {} : { time_zone }),
            },
            {
              onSuccess: ({ id }) => {
                void navigate({ to: '/clients/$clientId', params: { clientId: id } });
              },
              onError: (error) => {
                setSaidByFields(markFields(form, error));
              },
            },
          );
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

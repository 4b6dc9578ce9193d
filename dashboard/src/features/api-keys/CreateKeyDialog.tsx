/** Makes an API key and shows its secret, this once. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { PermissionPicker } from '@/features/roles/PermissionPicker';
import { CodeBlock } from '@/ui/CodeBlock';
import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { Notice } from '@/ui/Notice';

import { useCreateKey } from './queries';

const DAY = 86_400_000;
const LIVES = ['30', '90', '365', 'never'] as const;

interface KeyValues {
  name: string;
  scopes: string[];
  life: (typeof LIVES)[number];
}

export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('apiKeys');
  const form = useForm<KeyValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const create = useCreateKey();
  if (create.data !== undefined) {
    return <CreatedKey name={create.data.name} secret={create.data.key} onClose={onClose} />;
  }
  return (
    <Dialog
      wide
      title={t('create.title')}
      confirm={t('create.submit')}
      busy={create.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {create.isError && !saidByFields && <ErrorPanel compact error={create.error} />}
      <Form<KeyValues>
        form={form}
        inside
        marks
        initialValues={{ scopes: [], life: '90' }}
        onFinish={({ name, scopes, life }) => {
          const expires_at =
            life === 'never' ? null : new Date(Date.now() + Number(life) * DAY).toISOString();
          create.mutate(
            { name, scopes, expires_at, weight: 1 },
            {
              onError: (error) => {
                setSaidByFields(markFields(form, error));
              },
            },
          );
        }}
      >
        <FormItem
          name="name"
          label={t('fields.name')}
          hint={t('create.nameHint')}
          rules={[{ required: true, message: t('create.nameMissing') }]}
        >
          <TextField maxLength={80} autoFocus autoComplete="off" />
        </FormItem>
        <FormItem name="life" label={t('fields.expires')}>
          <ChoiceField options={LIVES.map((life) => ({ value: life, label: t(`life.${life}`) }))} />
        </FormItem>
        <FormItem
          name="scopes"
          label={t('fields.scopes')}
          rules={[{ required: true, message: t('create.scopesMissing') }]}
        >
          <PermissionPicker />
        </FormItem>
      </Form>
    </Dialog>
  );
}

interface CreatedKeyProps {
  name: string;
  secret: string;
  onClose: () => void;
}

function CreatedKey({ name, secret, onClose }: CreatedKeyProps) {
  const { t } = useTranslation('apiKeys');
  const call = `curl ${window.location.origin}/api/v1/odoo/search_read \\
  -H 'Authorization: Bearer ${secret}' \\
  -H 'Content-Type: application/json' \\
  -d '{"model": "res.partner", "fields": ["name"], "limit": 5}'`;
  return (
    <Dialog wide locked title={t('created.title', { name })} onCancel={onClose}>
      <Notice title={t('created.once')}>{t('created.onceHint')}</Notice>
      <CodeBlock label={t('created.key')} code={secret} />
      <CodeBlock label={t('created.try')} code={call} />
    </Dialog>
  );
}

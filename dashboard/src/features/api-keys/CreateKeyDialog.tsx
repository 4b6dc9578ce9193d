/** Makes an API key and shows its secret, this once. */
import { Alert, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { PermissionPicker } from '@/features/roles/PermissionPicker';
import { CodeBlock } from '@/ui/CodeBlock';
import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';

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
  const [form] = Form.useForm<KeyValues>();
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
        component={false}
        layout="vertical"
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
        <Form.Item
          name="name"
          label={t('fields.name')}
          extra={t('create.nameHint')}
          rules={[{ required: true, whitespace: true, message: t('create.nameMissing') }]}
        >
          <Input maxLength={80} autoFocus autoComplete="off" />
        </Form.Item>
        <Form.Item name="life" label={t('fields.expires')}>
          <ChoiceField options={LIVES.map((life) => ({ value: life, label: t(`life.${life}`) }))} />
        </Form.Item>
        <Form.Item
          name="scopes"
          label={t('fields.scopes')}
          rules={[{ required: true, type: 'array', min: 1, message: t('create.scopesMissing') }]}
        >
          <PermissionPicker />
        </Form.Item>
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
      <Alert type="warning" showIcon title={t('created.once')} description={t('created.onceHint')} />
      <CodeBlock label={t('created.key')} code={secret} />
      <CodeBlock label={t('created.try')} code={call} />
    </Dialog>
  );
}

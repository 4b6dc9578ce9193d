import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';

import { PermissionPicker } from './PermissionPicker';
import { useChangeRole, useCreateRole } from './queries';
import type { Role } from './queries';

interface RoleDialogProps {
  /** The role to change, or null for a fresh one. */
  role: Role | null;
  /** What the form begins with. */
  permissions: string[];
  onClose: () => void;
}

interface RoleValues {
  name: string;
  code: string;
  permissions: string[];
}

/** Makes or changes a role of the tenant's own. */
export function RoleDialog({ role, permissions, onClose }: RoleDialogProps) {
  const { t } = useTranslation('roles');
  const toasts = useToasts();
  const [form] = Form.useForm<RoleValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const create = useCreateRole();
  const change = useChangeRole();
  const error = create.error ?? change.error;
  const told = {
    onSuccess: ({ name }: Role) => {
      onClose();
      toasts.success(t('dialog.saved', { name }));
    },
    onError: (problem: Error) => {
      setSaidByFields(markFields(form, problem));
    },
  };
  return (
    <Dialog
      wide
      title={role === null ? t('dialog.create') : t('dialog.edit', { name: role.name })}
      confirm={t('dialog.save')}
      busy={create.isPending || change.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {error !== null && !saidByFields && <ErrorPanel compact error={error} />}
      <Form<RoleValues>
        form={form}
        component={false}
        layout="vertical"
        initialValues={{ name: role?.name, code: role?.code, permissions }}
        onFinish={(values) => {
          if (role === null) {
            create.mutate(values, told);
          } else {
            const { name, permissions: chosen } = values;
            change.mutate({ code: role.code, body: { name, permissions: chosen } }, told);
          }
        }}
      >
        <Form.Item
          name="name"
          label={t('fields.name')}
          rules={[{ required: true, whitespace: true, message: t('dialog.nameMissing') }]}
        >
          <Input maxLength={80} autoFocus />
        </Form.Item>
        {role === null && (
          <Form.Item
            name="code"
            label={t('fields.code')}
            extra={t('dialog.codeHint')}
            rules={[
              {
                required: true,
                pattern: /^[a-z][a-z0-9_-]{0,38}[a-z0-9]$/,
                message: t('dialog.codeInvalid'),
              },
            ]}
          >
            <Input maxLength={40} dir="ltr" spellCheck={false} />
          </Form.Item>
        )}
        <Form.Item name="permissions" label={t('fields.permissions')}>
          <PermissionPicker />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

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
  const form = useForm<RoleValues>();
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
        inside
        marks
        initialValues={role === null ? { permissions } : { name: role.name, permissions }}
        onFinish={(values) => {
          if (role === null) {
            create.mutate(values, told);
          } else {
            const { name, permissions: chosen } = values;
            change.mutate({ code: role.code, body: { name, permissions: chosen } }, told);
          }
        }}
      >
        <FormItem
          name="name"
          label={t('fields.name')}
          rules={[{ required: true, message: t('dialog.nameMissing') }]}
        >
          <TextField maxLength={80} autoFocus />
        </FormItem>
        {role === null && (
          <FormItem
            name="code"
            label={t('fields.code')}
            hint={t('dialog.codeHint')}
            rules={[
              {
                required: true,
                pattern: /^[a-z][a-z0-9_-]{0,38}[a-z0-9]$/,
                message: t('dialog.codeInvalid'),
              },
            ]}
          >
            <TextField maxLength={40} dir="ltr" spellCheck={false} />
          </FormItem>
        )}
        <FormItem name="permissions" label={t('fields.permissions')}>
          <PermissionPicker />
        </FormItem>
      </Form>
    </Dialog>
  );
}

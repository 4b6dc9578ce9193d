import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { useAddMember } from './queries';
import type { RoleChoice } from './useRoles';

interface AddMemberDialogProps {
  roles: readonly RoleChoice[];
  onClose: () => void;
}

interface MemberValues {
  full_name: string;
  email: string;
  role: string;
  password?: string;
}

export function AddMemberDialog({ roles, onClose }: AddMemberDialogProps) {
  const { t } = useTranslation('members');
  const toasts = useToasts();
  const form = useForm<MemberValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const add = useAddMember();
  return (
    <Dialog
      title={t('add.button')}
      confirm={t('add.submit')}
      busy={add.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {add.isError && !saidByFields && <ErrorPanel compact error={add.error} />}
      <Form<MemberValues>
        form={form}
        inside
        marks
        initialValues={{ role: 'user' }}
        onFinish={({ password, ...values }) => {
          add.mutate(
            { ...values, ...(password ? { password } : {}) },
            {
              onSuccess: (member) => {
                onClose();
                toasts.success(t('add.done', { name: member.full_name }));
              },
              onError: (error) => {
                setSaidByFields(markFields(form, error));
              },
            },
          );
        }}
      >
        <FormItem
          name="full_name"
          label={t('name')}
          rules={[{ required: true, message: t('add.nameMissing') }]}
        >
          <TextField maxLength={200} autoFocus autoComplete="off" />
        </FormItem>
        <FormItem
          name="email"
          label={t('email')}
          rules={[{ required: true, email: true, message: t('add.emailInvalid') }]}
        >
          <TextField type="email" dir="ltr" maxLength={254} autoComplete="off" />
        </FormItem>
        <FormItem name="role" label={t('role')}>
          <ChoiceField options={roles} />
        </FormItem>
        <FormItem name="password" label={t('add.password')} hint={t('add.passwordHint')}>
          <PasswordField dir="ltr" maxLength={200} autoComplete="new-password" />
        </FormItem>
      </Form>
    </Dialog>
  );
}

import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';

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
  const [form] = Form.useForm<MemberValues>();
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
        component={false}
        layout="vertical"
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
        <Form.Item
          name="full_name"
          label={t('name')}
          rules={[{ required: true, whitespace: true, message: t('add.nameMissing') }]}
        >
          <Input maxLength={200} autoFocus autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="email"
          label={t('email')}
          rules={[{ required: true, type: 'email', message: t('add.emailInvalid') }]}
        >
          <Input type="email" dir="ltr" maxLength={254} autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t('role')}>
          <ChoiceField options={roles} />
        </Form.Item>
        <Form.Item name="password" label={t('add.password')} extra={t('add.passwordHint')}>
          <Input.Password dir="ltr" maxLength={200} autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

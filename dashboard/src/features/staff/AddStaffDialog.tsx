import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { roleName } from '@/shell/person';
import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { useAddStaff } from './queries';
import { STAFF_ROLES } from './search';
import type { StaffRole } from './search';

interface StaffValues {
  email: string;
  full_name: string;
  role: StaffRole;
  password?: string;
}

export function AddStaffDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('staff');
  const { t: inShell } = useTranslation('shell');
  const toasts = useToasts();
  const form = useForm<StaffValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const add = useAddStaff();
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
      <Form<StaffValues>
        form={form}
        inside
        marks
        initialValues={{ role: 'support' }}
        onFinish={({ password, ...values }) => {
          add.mutate(
            { ...values, ...(password ? { password } : {}) },
            {
              onSuccess: (person) => {
                onClose();
                toasts.success(t('add.done', { name: person.full_name }));
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
          <ChoiceField
            options={STAFF_ROLES.map((role) => ({ value: role, label: roleName(inShell, role) }))}
          />
        </FormItem>
        <FormItem name="password" label={t('add.password')} hint={t('add.passwordHint')}>
          <PasswordField dir="ltr" maxLength={200} autoComplete="new-password" />
        </FormItem>
      </Form>
    </Dialog>
  );
}

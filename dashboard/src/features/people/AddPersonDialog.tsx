/** Somebody new, of a tenant or of staff: who they are, what they may do, how they first sign in. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { markFields } from '@/ui/formProblems';
import { useToasts } from '@/ui/toasts';

interface PersonValues {
  full_name: string;
  email: string;
  role: string;
  password?: string;
}

interface Adding {
  isPending: boolean;
  isError: boolean;
  error: Error | null;
  mutate: (
    person: PersonValues,
    then: { onSuccess: (added: { full_name: string }) => void; onError: (error: Error) => void },
  ) => void;
}

interface AddPersonDialogProps {
  title: string;
  roles: readonly { value: string; label: string }[];
  /** The role they have if no other is chosen. */
  role: string;
  /** The mutation that adds them. */
  add: Adding;
  onClose: () => void;
}

export function AddPersonDialog({ title, roles, role, add, onClose }: AddPersonDialogProps) {
  const { t } = useTranslation('people');
  const toasts = useToasts();
  const form = useForm<PersonValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  return (
    <Dialog
      title={title}
      confirm={t('add.submit')}
      busy={add.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {add.isError && !saidByFields && <ErrorPanel compact error={add.error} />}
      <Form<PersonValues>
        form={form}
        inside
        marks
        initialValues={{ role }}
        onFinish={({ password, ...values }) => {
          add.mutate(
            { ...values, ...(password ? { password } : {}) },
            {
              onSuccess: ({ full_name }) => {
                onClose();
                toasts.success(t('add.done', { name: full_name }));
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
          label={t('add.name')}
          rules={[{ required: true, message: t('add.nameMissing') }]}
        >
          <TextField maxLength={200} autoFocus autoComplete="off" />
        </FormItem>
        <FormItem
          name="email"
          label={t('add.email')}
          rules={[{ required: true, email: true, message: t('add.emailInvalid') }]}
        >
          <TextField type="email" dir="ltr" maxLength={254} autoComplete="off" />
        </FormItem>
        <FormItem name="role" label={t('add.role')}>
          <ChoiceField options={roles} />
        </FormItem>
        <FormItem name="password" label={t('add.password')} hint={t('add.passwordHint')}>
          <PasswordField dir="ltr" maxLength={200} autoComplete="new-password" />
        </FormItem>
      </Form>
    </Dialog>
  );
}

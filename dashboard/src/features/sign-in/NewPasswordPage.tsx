/** The first sign-in with a password somebody else set: nothing is open until it is changed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { meQuery, useMe, useSessionControl } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PasswordField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { Step } from './Step';
import { PasswordFields } from './PasswordFields';

interface PasswordChange {
  current_password: string;
  new_password: string;
  repeated: string;
}

export function NewPasswordPage() {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const me = useMe();
  const session = useSessionControl();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const form = useForm<PasswordChange>();
  const change = useMutation({
    mutationFn: ({ current_password, new_password }: PasswordChange) =>
      answer(
        api.POST('/api/v1/auth/change-password', { body: { current_password, new_password } }),
      ),
    onSuccess: async ({ access_token, expires_in }) => {
      session.replaceToken(access_token, expires_in);
      await queryClient.query({ ...meQuery(api), staleTime: 0 });
      await navigate({ to: '/', replace: true });
    },
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Step title={t('forced.title')} lead={t('forced.lead', { email: me.email })}>
      <Form
        form={form}
        onFinish={(values) => {
          change.mutate(values);
        }}
      >
        {change.isError && <ErrorPanel compact error={change.error} />}
        <input type="hidden" autoComplete="username" value={me.email} readOnly />
        <FormItem
          name="current_password"
          label={t('currentPassword')}
          rules={[{ required: true, message: t('passwordMissing') }]}
        >
          <PasswordField autoFocus large dir="ltr" autoComplete="current-password" />
        </FormItem>
        <PasswordFields />
        <Button type="primary" size="large" htmlType="submit" block loading={change.isPending}>
          {t('forced.submit')}
        </Button>
        <Button type="link" block onClick={() => void session.signOut()}>
          {t('signOut')}
        </Button>
      </Form>
    </Step>
  );
}

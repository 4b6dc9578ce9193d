/** Registering oneself, where the operator allows it. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { PasswordFields } from '@/features/sign-in/PasswordFields';
import { Step } from '@/features/sign-in/Step';
import { useLanguage } from '@/i18n/language';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { Notice } from '@/ui/Notice';

interface RegisterValues {
  full_name: string;
  email: string;
  new_password: string;
  repeated: string;
}

export function RegisterPage() {
  const { t } = useTranslation('join');
  const { t: inSignIn } = useTranslation('signIn');
  const api = useApi();
  const { code: locale } = useLanguage();
  const form = useForm<RegisterValues>();
  const register = useMutation({
    mutationFn: ({ full_name, email, new_password: password }: RegisterValues) =>
      answer(api.POST('/api/v1/auth/register', { body: { full_name, email, password, locale } })),
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Step title={t('register.title')} lead={t('register.lead')}>
      {register.isSuccess ? (
        <Notice tone="good" title={t('register.done')} />
      ) : (
        <Form
          form={form}
          onFinish={(values) => {
            register.mutate(values);
          }}
        >
          {register.isError && <ErrorPanel compact error={register.error} />}
          <FormItem
            name="full_name"
            label={t('name')}
            rules={[{ required: true, message: t('nameMissing') }]}
          >
            <TextField large autoFocus maxLength={200} autoComplete="name" />
          </FormItem>
          <FormItem
            name="email"
            label={t('email')}
            rules={[{ required: true, email: true, message: t('emailInvalid') }]}
          >
            <TextField large type="email" dir="ltr" maxLength={254} autoComplete="username" />
          </FormItem>
          <PasswordFields />
          <Button type="primary" size="large" htmlType="submit" block loading={register.isPending}>
            {t('register.submit')}
          </Button>
        </Form>
      )}
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/sign-in">{inSignIn('back')}</Link>
      </p>
    </Step>
  );
}

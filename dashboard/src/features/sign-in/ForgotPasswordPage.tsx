import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { Notice } from '@/ui/Notice';

import { Step } from './Step';

export function ForgotPasswordPage() {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const ask = useMutation({
    mutationFn: (body: { email: string }) =>
      answer(api.POST('/api/v1/auth/forgot-password', { body })),
  });
  return (
    <Step title={t('forgotten.title')} lead={t('forgotten.lead')}>
      {ask.isSuccess ? (
        <Notice tone="good" title={t('forgotten.done')} />
      ) : (
        <Form<{ email: string }>
          onFinish={(values) => {
            ask.mutate(values);
          }}
        >
          {ask.isError && <ErrorPanel compact error={ask.error} />}
          <FormItem
            name="email"
            label={t('email')}
            rules={[{ required: true, message: t('emailMissing') }]}
          >
            <TextField autoFocus large dir="ltr" type="email" autoComplete="username" />
          </FormItem>
          <Button type="primary" size="large" htmlType="submit" block loading={ask.isPending}>
            {t('forgotten.submit')}
          </Button>
        </Form>
      )}
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/sign-in">{t('back')}</Link>
      </p>
    </Step>
  );
}

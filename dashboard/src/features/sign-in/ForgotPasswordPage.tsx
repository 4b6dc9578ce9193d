import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';

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
        <Alert type="success" showIcon title={t('forgotten.done')} style={{ marginBlock: 22 }} />
      ) : (
        <Form<{ email: string }>
          layout="vertical"
          requiredMark={false}
          onFinish={(values) => {
            ask.mutate(values);
          }}
        >
          {ask.isError && <ErrorPanel compact error={ask.error} />}
          <Form.Item
            name="email"
            label={t('email')}
            rules={[{ required: true, message: t('emailMissing') }]}
          >
            <Input autoFocus size="large" dir="ltr" type="email" autoComplete="username" />
          </Form.Item>
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

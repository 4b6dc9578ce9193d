import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useSessionControl } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { useToasts } from '@/ui/toasts';
import { PasswordField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import styles from './AccountPage.module.css';

interface PasswordValues {
  current_password: string;
  new_password: string;
}

export function PasswordSection() {
  const { t } = useTranslation('account');
  const api = useApi();
  const session = useSessionControl();
  const toasts = useToasts();
  const form = useForm<PasswordValues>();
  const change = useMutation({
    mutationFn: (body: PasswordValues) =>
      answer(api.POST('/api/v1/auth/change-password', { body })),
    onSuccess: ({ access_token, expires_in }) => {
      session.replaceToken(access_token, expires_in);
      form.reset();
      toasts.success(t('password.changed'));
    },
    onError: (error) => {
      markFields(form, error);
    },
  });
  const rules = [{ required: true, message: t('password.missing') }];
  return (
    <Section title={t('password.title')}>
      <Form
        form={form}
        onFinish={(values) => {
          change.mutate(values);
        }}
      >
        {change.isError && <ErrorPanel compact error={change.error} />}
        <div className={styles.row}>
          <FormItem name="current_password" label={t('password.current')} rules={rules}>
            <PasswordField dir="ltr" autoComplete="current-password" />
          </FormItem>
          <FormItem name="new_password" label={t('password.next')} rules={rules}>
            <PasswordField dir="ltr" autoComplete="new-password" />
          </FormItem>
        </div>
        <Button htmlType="submit" loading={change.isPending}>
          {t('password.submit')}
        </Button>
      </Form>
    </Section>
  );
}

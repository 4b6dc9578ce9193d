import { useMutation } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { markFields } from '@/ui/formProblems';
import { Form } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { Notice } from '@/ui/Notice';

import { useLinkToken } from './linkToken';
import { LinkProblem } from './LinkProblem';
import { Step } from './Step';
import { PasswordFields } from './PasswordFields';

const route = getRouteApi('/door/reset-password');

interface NewPassword {
  new_password: string;
  repeated: string;
}

/** Where the link of a mail leads. */
export function ResetPasswordPage() {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const search = route.useSearch();
  const token = useLinkToken() || (search.token ?? '');
  const form = useForm<NewPassword>();
  const set = useMutation({
    mutationFn: ({ new_password }: NewPassword) =>
      answer(api.POST('/api/v1/auth/reset-password', { body: { token, new_password } })),
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Step title={t('reset.title')} lead={t('reset.lead')}>
      {set.isSuccess ? (
        <Notice tone="good" title={t('reset.done')} />
      ) : (
        <Form
          form={form}
          onFinish={(values) => {
            set.mutate(values);
          }}
        >
          {set.isError && <LinkProblem error={set.error} />}
          <PasswordFields />
          <Button type="primary" size="large" htmlType="submit" block loading={set.isPending}>
            {t('reset.submit')}
          </Button>
        </Form>
      )}
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/sign-in">{t('back')}</Link>
      </p>
    </Step>
  );
}

/** Where the link of a registration leads. Opening it is not enough: programs open links too. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useLinkToken } from '@/features/sign-in/linkToken';
import { LinkProblem } from '@/features/sign-in/LinkProblem';
import { Step } from '@/features/sign-in/Step';
import { Notice } from '@/ui/Notice';

export function VerifyPage() {
  const { t } = useTranslation('join');
  const { t: inSignIn } = useTranslation('signIn');
  const api = useApi();
  const token = useLinkToken();
  const verify = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/auth/verify-email', { body: { token } })),
  });
  return (
    <Step title={t('verify.title')} lead={t('verify.lead')}>
      {token === '' ? (
        <Notice title={t('verify.noToken')} />
      ) : verify.isSuccess ? (
        <Notice tone="good" title={t('verify.done')} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            verify.mutate();
          }}
        >
          {verify.isError && <LinkProblem error={verify.error} />}
          <Button type="primary" size="large" htmlType="submit" block loading={verify.isPending}>
            {t('verify.submit')}
          </Button>
        </form>
      )}
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/sign-in">{inSignIn('back')}</Link>
      </p>
    </Step>
  );
}

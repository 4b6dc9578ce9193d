/** Signing in with email and password, and the code of an authenticator app where one is set. */
import { useMutation } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { useSession, useSessionControl } from '@/session/context';
import type { TokenPair } from '@/session/store';
import { ErrorPanel } from '@/ui/ErrorPanel';

import { Step } from './Step';
import { SecondFactorForm } from './SecondFactorForm';

const route = getRouteApi('/door/sign-in');

interface Credentials {
  email: string;
  password: string;
}

export function SignInPage() {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const session = useSessionControl();
  const ended = useSession((state) => state.ended);
  const navigate = useNavigate();
  const { to } = route.useSearch();
  const [challenge, setChallenge] = useState<string | null>(null);

  const enter = async (pair: TokenPair): Promise<void> => {
    session.accept(pair);
    await navigate({ to: to ?? '/', replace: true });
  };
  const signIn = useMutation({
    mutationFn: (body: Credentials) =>
      answer(api.POST('/api/v1/auth/login', { body: { ...body, cookie: true } })),
    onSuccess: enter,
    onError: (error) => {
      if (error instanceof ProblemError && error.code === 'SECOND_FACTOR_REQUIRED') {
        setChallenge(String(error.extra.challenge));
      }
    },
  });

  if (challenge !== null) {
    return (
      <SecondFactorForm
        challenge={challenge}
        onDone={enter}
        onBack={() => {
          setChallenge(null);
          signIn.reset();
        }}
      />
    );
  }
  return (
    <Step title={t('title')} lead={t('lead')}>
      <Form<Credentials>
        layout="vertical"
        requiredMark={false}
        onFinish={(values) => {
          signIn.mutate(values);
        }}
      >
        {signIn.isError ? (
          <ErrorPanel compact error={signIn.error} />
        ) : (
          ended !== null && (
            <Alert
              type="warning"
              showIcon
              title={t(`ended.${ended.because}`)}
              description={ended.detail}
              style={{ marginBlockEnd: 16 }}
            />
          )
        )}
        <Form.Item
          name="email"
          label={t('email')}
          rules={[{ required: true, message: t('emailMissing') }]}
        >
          <Input
            autoFocus
            size="large"
            dir="ltr"
            type="email"
            autoComplete="username"
            maxLength={254}
          />
        </Form.Item>
        <Form.Item
          name="password"
          label={t('password')}
          rules={[{ required: true, message: t('passwordMissing') }]}
        >
          <Input.Password size="large" dir="ltr" autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" size="large" htmlType="submit" block loading={signIn.isPending}>
          {t('submit')}
        </Button>
      </Form>
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/forgot-password">{t('forgot')}</Link>
      </p>
    </Step>
  );
}

/** Signing in with email and password, and the code of an authenticator app where one is set. */
import { useMutation } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, lazy, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { useSession, useSessionControl } from '@/session/context';
import type { TokenPair } from '@/session/store';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { LabelledField } from '@/ui/LabelledField';
import { Notice } from '@/ui/Notice';
import { PasswordField, TextField } from '@/ui/form/fields';

import { Step } from './Step';
import styles from './SignInPage.module.css';

// its form is heavier than the whole page, and most people have no second factor
const SecondFactorForm = lazy(() => import('./SecondFactorForm'));

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
  const id = useId();
  const [typed, setTyped] = useState<Credentials>({ email: '', password: '' });
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
      <Suspense>
        <SecondFactorForm
        challenge={challenge}
        onDone={enter}
        onBack={() => {
          setChallenge(null);
          signIn.reset();
        }}
      />
      </Suspense>
    );
  }
  return (
    <Step title={t('title')} lead={t('lead')}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(typed);
        }}
      >
        {signIn.isError ? (
          <ErrorPanel compact error={signIn.error} />
        ) : (
          ended !== null && (
            <Notice title={t(`ended.${ended.because}`)}>{ended.detail}</Notice>
          )
        )}
        <LabelledField htmlFor={`${id}-email`} label={t('email')}>
          <TextField
            id={`${id}-email`}
            autoFocus
            required
            large
            dir="ltr"
            type="email"
            autoComplete="username"
            maxLength={254}
            value={typed.email}
            onChange={(email) => {
              setTyped({ ...typed, email });
            }}
          />
        </LabelledField>
        <LabelledField htmlFor={`${id}-password`} label={t('password')}>
          <PasswordField
            id={`${id}-password`}
            required
            large
            dir="ltr"
            autoComplete="current-password"
            value={typed.password}
            onChange={(password) => {
              setTyped({ ...typed, password });
            }}
          />
        </LabelledField>
        <Button type="primary" size="large" htmlType="submit" block loading={signIn.isPending}>
          {t('submit')}
        </Button>
      </form>
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/forgot-password">{t('forgot')}</Link>
      </p>
    </Step>
  );
}

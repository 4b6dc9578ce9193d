/** Signing in with email and password, and the code of an authenticator app where one is set. */
import { Link, getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useSession } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { LabelledField } from '@/ui/LabelledField';
import { Notice } from '@/ui/Notice';
import { PasswordField, TextField } from '@/ui/form/fields';

import { OtherWays } from './OtherWays';
import { Step } from './Step';
import { useEntering } from './useEntering';
import styles from './SignInPage.module.css';

const route = getRouteApi('/door/sign-in');

export function SignInPage() {
  const { t } = useTranslation('signIn');
  const ended = useSession((state) => state.ended);
  const { to } = route.useSearch();
  const id = useId();
  const [typed, setTyped] = useState({ email: '', password: '' });
  const { signIn, step } = useEntering(to);

  if (step !== false) {
    return step;
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
      <OtherWays to={to} />
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/forgot-password">{t('forgot')}</Link>
      </p>
    </Step>
  );
}

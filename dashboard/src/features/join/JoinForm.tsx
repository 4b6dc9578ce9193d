import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { PasswordFields } from '@/features/sign-in/PasswordFields';
import { useEntering } from '@/features/sign-in/useEntering';
import { meQuery, useSession } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { Notice } from '@/ui/Notice';

export type Offer = components['schemas']['InvitationShown'];

interface JoinValues {
  full_name?: string;
  password?: string;
  new_password?: string;
  repeated?: string;
}

/** New people choose a name and a password; others show theirs, or are signed in already. */
export function JoinForm({ token, offer }: { token: string; offer: Offer }) {
  const { t } = useTranslation('join');
  const api = useApi();
  const form = useForm<JoinValues>();
  const { signIn, step, enter } = useEntering();
  const isSignedIn = useSession(({ status }) => status === 'signed-in');
  const me = useQuery({ ...meQuery(api), enabled: isSignedIn });
  const isThem = isSignedIn && me.data?.email === offer.email;
  const isNew = offer.password_needed === 'new';

  const join = useMutation({
    mutationFn: async (values: JoinValues) => {
      const password = values.new_password ?? values.password;
      await answer(
        api.POST('/api/v1/auth/invitations/accept', {
          body: {
            token,
            ...(password === undefined ? {} : { password }),
            ...(values.full_name ? { full_name: values.full_name } : {}),
          },
        }),
      );
      return password;
    },
    onSuccess: async (password) => {
      if (password !== undefined) {
        signIn.mutate({ email: offer.email, password, tenant: offer.tenant_slug });
        return;
      }
      await enter(
        await answer(
          api.POST('/api/v1/auth/switch-tenant', { body: { tenant: offer.tenant_slug } }),
        ),
      );
    },
    onError: (error) => {
      markFields(form, error);
    },
  });

  if (step !== false) {
    return step;
  }
  if (join.isSuccess && signIn.isError) {
    // the place is taken; only the way in failed
    return (
      <>
        <Notice tone="good" title={t('joined', { tenant: offer.tenant_name })} />
        <ErrorPanel compact error={signIn.error} />
      </>
    );
  }
  const busy = join.isPending || join.isSuccess;
  return (
    <Form
      form={form}
      initialValues={{ full_name: offer.full_name }}
      onFinish={(values) => {
        join.mutate(isThem ? {} : values);
      }}
    >
      {join.isError && <ErrorPanel compact error={join.error} />}
      {isThem ? (
        <p>{t('asYourself', { email: offer.email })}</p>
      ) : (
        <>
          <FormItem name="email" label={t('email')}>
            <Fixed text={offer.email} />
          </FormItem>
          {isNew ? (
            <>
              {!offer.account && (
                <FormItem
                  name="full_name"
                  label={t('name')}
                  rules={[{ required: true, message: t('nameMissing') }]}
                >
                  <TextField large maxLength={200} autoComplete="name" />
                </FormItem>
              )}
              <PasswordFields />
            </>
          ) : (
            <FormItem
              name="password"
              label={t('password')}
              hint={t('passwordHint')}
              rules={[{ required: true, message: t('passwordMissing') }]}
            >
              <PasswordField large dir="ltr" autoComplete="current-password" />
            </FormItem>
          )}
        </>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={busy}>
        {t('submit')}
      </Button>
      {!isThem && !isNew && (
        <p>
          <Link to="/forgot-password">{t('forgot')}</Link>
        </p>
      )}
    </Form>
  );
}

/** The address the invitation is for: shown to people and to password managers, not to be changed. */
function Fixed({ text, id = '' }: { text: string; id?: string }) {
  return <TextField id={id} large dir="ltr" readOnly value={text} autoComplete="username" />;
}

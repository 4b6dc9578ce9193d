/** The second factor of one's own account: on, off, and new recovery codes. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { meQuery, useMe } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { CodeBlock } from '@/ui/CodeBlock';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Tag } from '@/ui/Tag';
import { useToasts } from '@/ui/toasts';

import styles from './AccountPage.module.css';

const QrCode = lazy(() => import('./QrCode'));

type Enrolment = components['schemas']['TotpEnrolment'];
type Asking = 'set' | 'renew' | 'end' | { codes: readonly string[] };

export function SecondFactor() {
  const { t } = useTranslation('account');
  const api = useApi();
  const queryClient = useQueryClient();
  const isOn = useMe().second_factor;
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => {
    setAsking(null);
  };
  const renew = () => queryClient.invalidateQueries({ queryKey: meQuery(api).queryKey });
  const show = (codes: readonly string[]) => {
    setAsking({ codes });
    void renew();
  };
  return (
    <Section
      title={t('factor.title')}
      aside={<Tag tone={isOn ? 'good' : 'neutral'}>{isOn ? t('factor.on') : t('factor.off')}</Tag>}
    >
      <Stack>
        <p>{t('factor.lead')}</p>
        <Buttons>
          {isOn ? (
            <>
              <Button
                onClick={() => {
                  setAsking('renew');
                }}
              >
                {t('factor.renew')}
              </Button>
              <Button
                danger
                onClick={() => {
                  setAsking('end');
                }}
              >
                {t('factor.end')}
              </Button>
            </>
          ) : (
            <Button
              onClick={() => {
                setAsking('set');
              }}
            >
              {t('factor.set')}
            </Button>
          )}
        </Buttons>
      </Stack>
      {asking === 'set' && <SetDialog onDone={show} onCancel={close} />}
      {asking === 'renew' && <RenewDialog onDone={show} onCancel={close} />}
      {asking === 'end' && (
        <EndDialog
          onDone={() => {
            close();
            void renew();
          }}
          onCancel={close}
        />
      )}
      {asking !== null && typeof asking === 'object' && (
        <CodesDialog codes={asking.codes} onClose={close} />
      )}
    </Section>
  );
}

interface StepProps {
  onDone: (codes: readonly string[]) => void;
  onCancel: () => void;
}

/** First the password, then the key for the app, then a code of it. */
function SetDialog({ onDone, onCancel }: StepProps) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  return enrolment === null ? (
    <PasswordStep onDone={setEnrolment} onCancel={onCancel} />
  ) : (
    <CodeStep enrolment={enrolment} onDone={onDone} onCancel={onCancel} />
  );
}

function PasswordStep(props: { onDone: (enrolment: Enrolment) => void; onCancel: () => void }) {
  const { t } = useTranslation('account');
  const api = useApi();
  const form = useForm<{ password: string }>();
  const enrol = useMutation({
    mutationFn: (body: { password: string }) => answer(api.POST('/api/v1/auth/totp/enrol', { body })),
    onSuccess: props.onDone,
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Dialog
      title={t('factor.set')}
      confirm={t('factor.go')}
      busy={enrol.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={props.onCancel}
    >
      {enrol.isError && <ErrorPanel compact error={enrol.error} />}
      <Form
        inside
        form={form}
        onFinish={(values) => {
          enrol.mutate(values);
        }}
      >
        <OwnPassword />
      </Form>
    </Dialog>
  );
}

function CodeStep({ enrolment, onDone, onCancel }: StepProps & { enrolment: Enrolment }) {
  const { t } = useTranslation('account');
  const api = useApi();
  const form = useForm<{ code: string }>();
  const confirm = useMutation({
    mutationFn: (body: { code: string }) => answer(api.POST('/api/v1/auth/totp/confirm', { body })),
    onSuccess: ({ recovery_codes }) => {
      onDone(recovery_codes);
    },
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Dialog
      title={t('factor.set')}
      confirm={t('factor.confirm')}
      busy={confirm.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onCancel}
    >
      {confirm.isError && <ErrorPanel compact error={confirm.error} />}
      <p>{t('factor.scan')}</p>
      <div className={styles.key}>
        <Suspense fallback={<Skeleton lines={4} />}>
          <QrCode value={enrolment.uri} label={t('factor.image')} />
        </Suspense>
        <CodeBlock label={t('factor.key')} code={enrolment.secret} />
      </div>
      <Form
        inside
        form={form}
        onFinish={(values) => {
          confirm.mutate(values);
        }}
      >
        <FormItem
          name="code"
          label={t('factor.code')}
          rules={[{ required: true, pattern: /^\s*\d{3}\s?\d{3}\s*$/, message: t('factor.codeMissing') }]}
        >
          <TextField dir="ltr" inputMode="numeric" autoComplete="one-time-code" maxLength={9} autoFocus />
        </FormItem>
      </Form>
    </Dialog>
  );
}

function RenewDialog({ onDone, onCancel }: StepProps) {
  const { t } = useTranslation('account');
  const api = useApi();
  const make = useMutation({
    mutationFn: (body: Proof) => answer(api.POST('/api/v1/auth/totp/recovery-codes', { body })),
    onSuccess: ({ recovery_codes }) => {
      onDone(recovery_codes);
    },
  });
  return (
    <ProofDialog
      title={t('factor.renew')}
      busy={make.isPending}
      error={make.error}
      onProof={make.mutate}
      onCancel={onCancel}
    >
      {t('factor.renewMeans')}
    </ProofDialog>
  );
}

function EndDialog({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation('account');
  const api = useApi();
  const toasts = useToasts();
  const end = useMutation({
    mutationFn: (body: Proof) => answer(api.POST('/api/v1/auth/totp/disable', { body })),
    onSuccess: () => {
      toasts.success(t('factor.ended'));
      onDone();
    },
  });
  return (
    <ProofDialog
      danger
      title={t('factor.end')}
      busy={end.isPending}
      error={end.error}
      onProof={end.mutate}
      onCancel={onCancel}
    >
      {t('factor.endMeans')}
    </ProofDialog>
  );
}

interface Proof {
  password: string;
  code: string;
}

interface ProofDialogProps {
  title: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  children: ReactNode;
  onProof: (proof: Proof) => void;
  onCancel: () => void;
}

/** A question that takes the password and a code to be answered. */
function ProofDialog(props: ProofDialogProps) {
  const { title, danger = false, busy, error, children, onProof, onCancel } = props;
  const { t } = useTranslation('account');
  const form = useForm<Proof>();
  return (
    <Dialog
      title={title}
      confirm={title}
      danger={danger}
      busy={busy}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onCancel}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <p>{children}</p>
      <Form inside form={form} onFinish={onProof}>
        <OwnPassword />
        <FormItem
          name="code"
          label={t('factor.codeOrRecovery')}
          rules={[{ required: true, message: t('factor.codeMissing') }]}
        >
          <TextField dir="ltr" autoComplete="one-time-code" maxLength={24} spellCheck={false} />
        </FormItem>
      </Form>
    </Dialog>
  );
}

function OwnPassword() {
  const { t } = useTranslation('account');
  return (
    <FormItem
      name="password"
      label={t('factor.password')}
      rules={[{ required: true, message: t('factor.passwordMissing') }]}
    >
      <PasswordField dir="ltr" autoComplete="current-password" autoFocus />
    </FormItem>
  );
}

/** Not closed by Esc: what it shows is never shown again. */
function CodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation('account');
  return (
    <Dialog
      locked
      title={t('factor.codesTitle')}
      confirm={t('factor.done')}
      onConfirm={onClose}
      onCancel={onClose}
    >
      <p>{t('factor.codesLead')}</p>
      <CodeBlock label={t('factor.codesTitle')} code={codes.join('\n')} />
    </Dialog>
  );
}

import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { LANGUAGES } from '@/i18n/languages';
import { useLanguage } from '@/i18n/language';
import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { WordsField } from '@/ui/form/WordsField';
import { Notice } from '@/ui/Notice';
import { useToasts } from '@/ui/toasts';

import { useInvite } from './queries';
import type { Invited } from './queries';

interface InviteDialogProps {
  roles: readonly { value: string; label: string }[];
  /** For staff: the tenant to invite to. */
  tenantId?: string;
  /** What is offered first. */
  role?: string;
  onClose: () => void;
}

interface InviteValues {
  emails: string[];
  role: string;
  language: string;
}

/** Invite one person or many: addresses are typed, or pasted as a list. */
export function InviteDialog({ roles, tenantId, role = 'user', onClose }: InviteDialogProps) {
  const { t } = useTranslation('invitations');
  const { code } = useLanguage();
  const toasts = useToasts();
  const form = useForm<InviteValues>();
  const invite = useInvite();
  const [refused, setRefused] = useState<Invited['refused']>([]);
  return (
    <Dialog
      title={t('invite.title')}
      confirm={t('invite.submit')}
      busy={invite.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {invite.isError && <ErrorPanel compact error={invite.error} />}
      {refused.length > 0 && (
        <Notice title={t('invite.refused')}>
          <ul>
            {refused.map(({ email, detail }) => (
              <li key={email}>
                <bdi>{email}</bdi>: {detail}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Form<InviteValues>
        form={form}
        inside
        initialValues={{ emails: [], role, language: code }}
        onFinish={({ emails, ...terms }) => {
          invite.mutate(
            { emails, ...terms, ...(tenantId === undefined ? {} : { tenant_id: tenantId }) },
            {
              onSuccess: (answer) => {
                if (answer.invited.length > 0) {
                  toasts.success(t('invite.done', { count: answer.invited.length }));
                }
                setRefused(answer.refused);
                form.change(
                  'emails',
                  answer.refused.map(({ email }) => email),
                );
                if (answer.refused.length === 0) {
                  onClose();
                }
              },
            },
          );
        }}
      >
        <FormItem
          name="emails"
          label={t('invite.emails')}
          hint={t('invite.emailsHint')}
          rules={[{ required: true, message: t('invite.emailsMissing') }]}
        >
          <WordsField label={t('invite.emails')} separator={/[\s,;]+/} dir="ltr" />
        </FormItem>
        <FormItem name="role" label={t('role')}>
          <ChoiceField options={roles} />
        </FormItem>
        <FormItem name="language" label={t('invite.language')}>
          <ChoiceField
            options={LANGUAGES.map(({ code: value, name }) => ({ value, label: name }))}
          />
        </FormItem>
      </Form>
    </Dialog>
  );
}

/** One's own login in the company's Odoo: records then carry one's own name. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Tag } from '@/ui/Tag';
import { useToasts } from '@/ui/toasts';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import styles from './connection.module.css';
import { myCredentialsQuery, useDropMyCredentials, useSetMyCredentials } from './queries';

interface CredentialValues {
  username: string;
  password: string;
}

export function MyCredentials() {
  const { t } = useTranslation('connection');
  const toasts = useToasts();
  const form = useForm<CredentialValues>();
  const query = useQuery(myCredentialsQuery(useApi()));
  const save = useSetMyCredentials();
  const drop = useDropMyCredentials();
  const error = save.error ?? drop.error;
  const rules = [{ required: true, message: t('form.missing') }];
  const own = query.data;
  return (
    <Section
      title={t('mine.title')}
      aside={
        own !== undefined && (
          <Tag tone={own.is_set ? 'good' : 'neutral'}>
            {own.is_set ? t('mine.isSet', { username: own.username ?? '' }) : t('mine.notSet')}
          </Tag>
        )
      }
    >
      <p className={styles.hint}>{t('mine.hint')}</p>
      {query.isPending && <Skeleton lines={3} />}
      {query.isError && (
        <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
      )}
      {own !== undefined && (
        <Form<CredentialValues>
          key={own.updated_at ?? 'none'}
          form={form}
          initialValues={{ username: own.username ?? '' }}
          onFinish={(values) => {
            save.mutate(values, {
              onSuccess: () => {
                toasts.success(t('mine.saved'));
              },
              onError: (problem) => {
                markFields(form, problem);
              },
            });
          }}
        >
          {error !== null && <ErrorPanel compact error={error} />}
          <div className={styles.fields}>
            <FormItem name="username" label={t('fields.username')} rules={rules}>
              <TextField dir="ltr" maxLength={500} autoComplete="off" spellCheck={false} />
            </FormItem>
            <FormItem name="password" label={t('fields.password')} rules={rules}>
              <PasswordField dir="ltr" maxLength={1000} autoComplete="new-password" />
            </FormItem>
          </div>
          <Buttons>
            <Button htmlType="submit" loading={save.isPending}>
              {t('mine.save')}
            </Button>
            {own.is_set && (
              <Button
                danger
                loading={drop.isPending}
                onClick={() => {
                  drop.mutate(undefined, {
                    onSuccess: () => {
                      toasts.success(t('mine.dropped'));
                    },
                  });
                }}
              >
                {t('mine.drop')}
              </Button>
            )}
          </Buttons>
        </Form>
      )}
    </Section>
  );
}

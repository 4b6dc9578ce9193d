/** Connect a system: choose the kind, fill in what it asks for, try it, store it. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { CheckResult } from '@/features/tenants/CheckResult';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { useToasts } from '@/ui/toasts';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import styles from './connection.module.css';
import { connectorsQuery, useConnect, useTryConfig } from './queries';
import type { Connector } from './queries';
import { changedOf, fieldsOf, valuesOf } from './schema';
import type { Values } from './schema';
import { SchemaFields } from './SchemaFields';

export function NewConnectionPage() {
  const { t } = useTranslation('connection');
  const query = useQuery(connectorsQuery(useApi()));
  const [chosen, setChosen] = useState<string>();
  const connectors = query.data?.items ?? [];
  const connector = connectors.find(({ name }) => name === chosen) ?? connectors[0];
  return (
    <>
      <PageHeader
        title={t('new.title')}
        subtitle={t('new.subtitle')}
        back={{ to: '/connections', label: t('title') }}
      />
      <Stack>
        {query.isError && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton lines={6} />}
        {connector !== undefined && (
          <>
            <div role="radiogroup" aria-label={t('new.kind')} className={styles.kinds}>
              {connectors.map(({ name, title }) => (
                <label key={name} className={styles.kind}>
                  <input
                    type="radio"
                    name="connector"
                    checked={name === connector.name}
                    onChange={() => {
                      setChosen(name);
                    }}
                  />
                  <bdi>{title}</bdi>
                </label>
              ))}
            </div>
            <NewForm key={connector.name} connector={connector} />
          </>
        )}
      </Stack>
    </>
  );
}

const NAME = 'connection_name';

function NewForm({ connector }: { connector: Connector }) {
  const { t } = useTranslation('connection');
  const navigate = useNavigate();
  const toasts = useToasts();
  const form = useForm<Values>();
  const fields = fieldsOf(connector.config_schema);
  const attempt = useTryConfig();
  const save = useConnect();
  const [initial] = useState<Values>(() => valuesOf(fields, {}));
  const marked = {
    onError: (error: Error) => {
      markFields(form, error);
    },
  };
  const store = (values: Values) => {
    const name = values[NAME];
    save.mutate(
      {
        connector: connector.name,
        config: changedOf(fields, {}, values),
        ...(typeof name === 'string' && name.trim() !== '' ? { name: name.trim() } : {}),
        is_active: true,
      },
      {
        ...marked,
        onSuccess: ({ id }) => {
          toasts.success(t('form.saved'));
          void navigate({ to: '/connections/$connectionId', params: { connectionId: id } });
        },
      },
    );
  };
  const error = attempt.error ?? save.error;
  return (
    <Section title={t('new.settings', { title: connector.title })}>
      <p className={styles.hint}>{t('form.connectHint')}</p>
      <Form<Values>
        form={form}
        initialValues={initial}
        onValuesChange={() => {
          attempt.reset();
        }}
        onFinish={(values) => {
          save.reset();
          attempt.mutate(
            { connector: connector.name, config: changedOf(fields, {}, values) },
            {
              ...marked,
              onSuccess: (check) => {
                if (check.success) {
                  store(values);
                }
              },
            },
          );
        }}
      >
        {error !== null && <ErrorPanel compact error={error} />}
        <div className={styles.fields}>
          <FormItem name={NAME} label={t('fields.name')} hint={t('new.nameHint')}>
            <TextField dir="auto" maxLength={100} placeholder={connector.title} />
          </FormItem>
        </div>
        <SchemaFields connector={connector.name} fields={fields} isStored={false} />
        {attempt.data !== undefined && <CheckResult check={attempt.data} />}
        <Buttons>
          <Button type="primary" htmlType="submit" loading={attempt.isPending || save.isPending}>
            {t('form.testAndSave')}
          </Button>
          {attempt.data?.success === false && (
            <Button
              loading={save.isPending}
              onClick={() => {
                store(form.values());
              }}
            >
              {t('form.saveAnyway')}
            </Button>
          )}
        </Buttons>
      </Form>
    </Section>
  );
}

/** Enter or change the Odoo connection. It is tried before it is stored. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CheckResult } from '@/features/tenants/CheckResult';
import { Buttons } from '@/ui/Buttons';
import { ChoiceField } from '@/ui/ChoiceField';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { useToasts } from '@/ui/toasts';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import styles from './connection.module.css';
import { TRANSPORTS, changedOdoo, valuesOf } from './form';
import type { OdooValues } from './form';
import { useConfigureOdoo, useTryOdoo } from './queries';
import type { Connection } from './queries';

export function OdooForm({ odoo }: { odoo: Connection | undefined }) {
  const { t } = useTranslation('connection');
  const toasts = useToasts();
  const form = useForm<OdooValues>();
  const [initial] = useState(() => valuesOf(odoo));
  const attempt = useTryOdoo();
  const save = useConfigureOdoo();
  const isNew = odoo === undefined;
  const required = { required: isNew, message: t('form.missing') };
  const marked = {
    onError: (error: Error) => {
      markFields(form, error);
    },
  };
  const store = (values: OdooValues) => {
    save.mutate(changedOdoo(initial, values), {
      ...marked,
      onSuccess: () => {
        toasts.success(t('form.saved'));
      },
    });
  };
  const error = attempt.error ?? save.error;
  const failed = attempt.data?.success === false;
  return (
    <Section title={isNew ? t('form.connect') : t('form.change')}>
      <p className={styles.hint}>{isNew ? t('form.connectHint') : t('form.changeHint')}</p>
      <Form<OdooValues>
        form={form}
        initialValues={initial}
        onValuesChange={() => {
          attempt.reset();
        }}
        onFinish={(values) => {
          save.reset();
          attempt.mutate(changedOdoo(initial, values), {
            ...marked,
            onSuccess: (check) => {
              if (check.success) {
                store(values);
              }
            },
          });
        }}
      >
        {error !== null && <ErrorPanel compact error={error} />}
        <div className={styles.fields}>
          <FormItem name="url" label={t('fields.url')} rules={[required]}>
            <TextField dir="ltr" placeholder="https://odoo.example.com" maxLength={500} />
          </FormItem>
          <FormItem name="database" label={t('fields.database')} rules={[required]}>
            <TextField dir="ltr" maxLength={500} spellCheck={false} />
          </FormItem>
          <FormItem name="username" label={t('fields.username')} rules={[required]}>
            <TextField dir="ltr" maxLength={500} autoComplete="off" spellCheck={false} />
          </FormItem>
          <FormItem
            name="password"
            label={t('fields.secret')}
            rules={[required]}
            hint={isNew ? undefined : t('form.secretKept')}
          >
            <PasswordField dir="ltr" maxLength={1000} autoComplete="new-password" />
          </FormItem>
          <FormItem name="transport" label={t('fields.transport')} hint={t('form.transportHint')}>
            <ChoiceField
              options={TRANSPORTS.map((value) => ({ value, label: t(`transport.${value}`) }))}
            />
          </FormItem>
        </div>
        {attempt.data !== undefined && (
          <div className={styles.result}>
            <CheckResult check={attempt.data} />
          </div>
        )}
        <Buttons>
          <Button type="primary" htmlType="submit" loading={attempt.isPending || save.isPending}>
            {t('form.testAndSave')}
          </Button>
          {failed && (
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

/** Enter or change the Odoo connection. It is tried before it is stored. */
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CheckResult } from '@/features/tenants/CheckResult';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { useToasts } from '@/ui/toasts';

import styles from './connection.module.css';
import { TRANSPORTS, changedOdoo, valuesOf } from './form';
import type { OdooValues } from './form';
import { useConfigureOdoo, useTryOdoo } from './queries';
import type { Connection } from './queries';

export function OdooForm({ odoo }: { odoo: Connection | undefined }) {
  const { t } = useTranslation('connection');
  const toasts = useToasts();
  const [form] = Form.useForm<OdooValues>();
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
        layout="vertical"
        requiredMark={false}
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
          <Form.Item name="url" label={t('fields.url')} rules={[required]}>
            <Input dir="ltr" placeholder="https://odoo.example.com" maxLength={500} />
          </Form.Item>
          <Form.Item name="database" label={t('fields.database')} rules={[required]}>
            <Input dir="ltr" maxLength={500} spellCheck={false} />
          </Form.Item>
          <Form.Item name="username" label={t('fields.username')} rules={[required]}>
            <Input dir="ltr" maxLength={500} autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('fields.secret')}
            rules={[required]}
            extra={isNew ? undefined : t('form.secretKept')}
          >
            <Input.Password dir="ltr" maxLength={1000} autoComplete="new-password" />
          </Form.Item>
          <Form.Item name="transport" label={t('fields.transport')} extra={t('form.transportHint')}>
            <Select
              options={TRANSPORTS.map((value) => ({ value, label: t(`transport.${value}`) }))}
            />
          </Form.Item>
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
                store(form.getFieldsValue());
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

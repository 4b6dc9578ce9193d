/** The fields of a tenant, for creating one and for changing one. */
import { Button, Form, Input, InputNumber, Select } from 'antd';
import type { FormInstance } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';

import { FEATURES, LIMITS } from './form';
import type { TenantValues } from './form';
import { plansQuery } from './queries';
import styles from './TenantForm.module.css';

interface TenantFormProps {
  form: FormInstance<TenantValues>;
  initial: TenantValues;
  /** A new tenant also gets its first person; an existing one keeps its password. */
  isNew: boolean;
  submit: string;
  busy: boolean;
  /** What is left to say above the form after the fields were marked. */
  error: unknown;
  onSubmit: (values: TenantValues) => void;
  cancel: ReactNode;
}

export function TenantForm(props: TenantFormProps) {
  const { form, initial, isNew, submit, busy, error, onSubmit, cancel } = props;
  const { t } = useTranslation('tenants');
  return (
    <Form<TenantValues>
      form={form}
      layout="vertical"
      initialValues={initial}
      scrollToFirstError={{ focus: true }}
      className={styles.form ?? ''}
      onFinish={onSubmit}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <Section title={t('form.company')}>
        <CompanyFields isNew={isNew} />
      </Section>
      <Section title={t('form.odoo')}>
        <OdooFields isNew={isNew} form={form} />
      </Section>
      {isNew && (
        <Section title={t('form.owner')}>
          <OwnerFields />
        </Section>
      )}
      <Section title={t('form.limits')}>
        <LimitFields form={form} />
      </Section>
      <div className={styles.actions}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {submit}
        </Button>
        {cancel}
      </div>
    </Form>
  );
}

function CompanyFields({ isNew }: { isNew: boolean }) {
  const { t } = useTranslation('tenants');
  const plans = useQuery({ ...plansQuery(useApi()), enabled: useMay()('plans:read') });
  const zones = useMemo(
    () => Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone })),
    [],
  );
  return (
    <div className={styles.fields}>
      <Form.Item
        name="name"
        label={t('fields.name')}
        rules={[{ required: true, whitespace: true, message: t('form.nameMissing') }]}
      >
        <Input maxLength={200} autoFocus={isNew} />
      </Form.Item>
      <Form.Item
        name="slug"
        label={t('fields.slug')}
        extra={isNew ? t('form.slugHint') : undefined}
        rules={[
          { pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, message: t('form.slugInvalid') },
        ]}
      >
        <Input maxLength={63} dir="ltr" spellCheck={false} />
      </Form.Item>
      <Form.Item name="contact_email" label={t('fields.contact')} rules={[{ type: 'email', message: t('form.emailInvalid') }]}>
        <Input type="email" dir="ltr" maxLength={254} autoComplete="off" />
      </Form.Item>
      <Form.Item name="plan_id" label={t('fields.plan')} extra={isNew ? t('form.planHint') : undefined}>
        <Select
          allowClear={isNew}
          loading={plans.isPending}
          options={(plans.data?.items ?? []).map((plan) => ({
            value: plan.id,
            label: plan.name,
            disabled: !plan.is_active,
          }))}
        />
      </Form.Item>
      <Form.Item name="time_zone" label={t('fields.timeZone')}>
        <Select showSearch allowClear={isNew} options={zones} placeholder="UTC" />
      </Form.Item>
    </div>
  );
}

function OdooFields({ isNew, form }: { isNew: boolean; form: FormInstance<TenantValues> }) {
  const { t } = useTranslation('tenants');
  const [url, database, username, password] = [
    Form.useWatch('odoo_url', form),
    Form.useWatch('odoo_database', form),
    Form.useWatch('odoo_username', form),
    Form.useWatch('odoo_password', form),
  ];
  // an Odoo is either described wholly or left for later
  const required = isNew && [url, database, username, password].some(Boolean);
  const rules = [{ required, message: t('form.odooIncomplete') }];
  return (
    <>
      <p className={styles.hint}>{isNew ? t('form.odooHint') : t('form.odooKept')}</p>
      <div className={styles.fields}>
        <Form.Item name="odoo_url" label={t('fields.odooUrl')} rules={rules}>
          <Input dir="ltr" placeholder="https://odoo.example.com" maxLength={500} />
        </Form.Item>
        <Form.Item name="odoo_database" label={t('fields.odooDatabase')} rules={rules}>
          <Input dir="ltr" maxLength={500} spellCheck={false} />
        </Form.Item>
        <Form.Item name="odoo_username" label={t('fields.odooUsername')} rules={rules}>
          <Input dir="ltr" maxLength={500} autoComplete="off" spellCheck={false} />
        </Form.Item>
        <Form.Item
          name="odoo_password"
          label={t('fields.odooPassword')}
          rules={rules}
          extra={isNew ? undefined : t('form.passwordKept')}
        >
          <Input.Password dir="ltr" maxLength={1000} autoComplete="new-password" />
        </Form.Item>
      </div>
    </>
  );
}

function OwnerFields() {
  const { t } = useTranslation('tenants');
  return (
    <>
      <p className={styles.hint}>{t('form.ownerHint')}</p>
      <div className={styles.fields}>
        <Form.Item name="owner_email" label={t('fields.ownerEmail')} rules={[{ type: 'email', message: t('form.emailInvalid') }]}>
          <Input type="email" dir="ltr" maxLength={254} autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="owner_name"
          label={t('fields.ownerName')}
          dependencies={['owner_email']}
          rules={[
            ({ getFieldValue }) => ({
              required: Boolean(getFieldValue('owner_email')),
              message: t('form.ownerNameMissing'),
            }),
          ]}
        >
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
      </div>
    </>
  );
}

function LimitFields({ form }: { form: FormInstance<TenantValues> }) {
  const { t } = useTranslation('tenants');
  const { count } = useNumbers();
  const plans = useQuery({ ...plansQuery(useApi()), enabled: useMay()('plans:read') });
  const planId = Form.useWatch('plan_id', form);
  const plan = plans.data?.items.find(({ id, code }) => (planId ? id === planId : code === 'free'));
  const ofPlan = (name: (typeof LIMITS)[number]): string => {
    if (plan === undefined || name === 'max_requests_per_hour_per_user') {
      return t('form.asTier');
    }
    const limit = plan[name];
    return limit === null ? t('unlimited') : t('form.asPlan', { limit: count(limit) });
  };
  return (
    <>
      <p className={styles.hint}>{t('form.limitsHint')}</p>
      <div className={styles.fields}>
        {LIMITS.map((name) => (
          <Form.Item key={name} name={name} label={t(`fields.${name}`)}>
            <InputNumber
              min={0}
              precision={0}
              controls={false}
              placeholder={ofPlan(name)}
              style={{ inlineSize: '100%' }}
            />
          </Form.Item>
        ))}
        <Form.Item name="allowed_features" label={t('fields.allowedFeatures')} extra={t('form.emptyAllows')}>
          <Select
            mode="multiple"
            options={FEATURES.map((feature) => ({ value: feature, label: t(`feature.${feature}`) }))}
          />
        </Form.Item>
        <Form.Item name="allowed_models" label={t('fields.allowedModels')} extra={t('form.modelsHint')}>
          <Select mode="tags" open={false} suffix={null} tokenSeparators={[',', ' ', '\n']} />
        </Form.Item>
      </div>
    </>
  );
}

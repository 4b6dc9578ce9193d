/** The fields of a tenant, for creating one and for changing one. */
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ComboboxField } from '@/ui/ComboboxField';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { NumberField, PasswordField, TextArea, TextField, TicksField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useWatch } from '@/ui/form/state';
import { WordsField } from '@/ui/form/WordsField';
import type { FormState } from '@/ui/form/state';

import { useTryOdoo } from './changes';
import { CheckResult } from './CheckResult';
import { FEATURES, LIMITS, changedOdoo, readObject } from './form';
import type { TenantValues } from './form';
import { plansQuery } from './queries';
import styles from './TenantForm.module.css';

interface TenantFormProps {
  form: FormState<TenantValues>;
  initial: TenantValues;
  /** The tenant that is changed. A new one, null, also gets its first person. */
  tenantId: string | null;
  submit: string;
  busy: boolean;
  /** What is left to say above the form after the fields were marked. */
  error: unknown;
  onSubmit: (values: TenantValues) => void;
  cancel: ReactNode;
}

export function TenantForm(props: TenantFormProps) {
  const { form, initial, tenantId, submit, busy, error, onSubmit, cancel } = props;
  const { t } = useTranslation('tenants');
  const isNew = tenantId === null;
  const attempt = useTryOdoo(tenantId);
  return (
    <Form<TenantValues>
      form={form}
      marks
      initialValues={initial}
      className={styles.form ?? ''}
      onValuesChange={() => {
        attempt.reset();
      }}
      onFinish={(values) => {
        const odoo = changedOdoo(initial, values);
        if (Object.keys(odoo).length === 0) {
          onSubmit(values);
          return;
        }
        attempt.mutate(odoo, {
          onSuccess: (check) => {
            if (check.success) {
              onSubmit(values);
            }
          },
        });
      }}
    >
      {error != null && <ErrorPanel compact error={error} />}
      {attempt.isError && <ErrorPanel compact error={attempt.error} />}
      <Section title={t('form.company')}>
        <CompanyFields isNew={isNew} />
      </Section>
      <Section title={t('form.odoo')}>
        <OdooFields isNew={isNew} form={form} />
      </Section>
      {isNew && (
        <Section title={t('form.owner')}>
          <OwnerFields form={form} />
        </Section>
      )}
      <Section title={t('form.limits')}>
        <LimitFields form={form} />
      </Section>
      <Section title={t('form.notes')}>
        <NoteFields />
      </Section>
      {attempt.data !== undefined && <CheckResult check={attempt.data} />}
      <div className={styles.actions}>
        <Button type="primary" htmlType="submit" loading={busy || attempt.isPending}>
          {submit}
        </Button>
        {attempt.data?.success === false && (
          <Button
            loading={busy}
            onClick={() => {
              onSubmit(form.values());
            }}
          >
            {t('form.anyway')}
          </Button>
        )}
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
      <FormItem
        name="name"
        label={t('fields.name')}
        rules={[{ required: true, message: t('form.nameMissing') }]}
      >
        <TextField maxLength={200} autoFocus={isNew} />
      </FormItem>
      <FormItem
        name="slug"
        label={t('fields.slug')}
        hint={isNew ? t('form.slugHint') : undefined}
        rules={[
          { pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, message: t('form.slugInvalid') },
        ]}
      >
        <TextField maxLength={63} dir="ltr" spellCheck={false} />
      </FormItem>
      <FormItem name="contact_email" label={t('fields.contact')} rules={[{ email: true, message: t('form.emailInvalid') }]}>
        <TextField type="email" dir="ltr" maxLength={254} autoComplete="off" />
      </FormItem>
      <FormItem name="plan_id" label={t('fields.plan')} hint={isNew ? t('form.planHint') : undefined}>
        <ComboboxField
          clearable={isNew}
          busy={plans.isPending}
          options={(plans.data?.items ?? []).map((plan) => ({
            value: plan.id,
            label: plan.name,
            disabled: !plan.is_active,
          }))}
        />
      </FormItem>
      <FormItem name="time_zone" label={t('fields.timeZone')}>
        <ComboboxField clearable={isNew} options={zones} placeholder="UTC" />
      </FormItem>
    </div>
  );
}

function OdooFields({ isNew, form }: { isNew: boolean; form: FormState<TenantValues> }) {
  const { t } = useTranslation('tenants');
  const [url, database, username, password] = [
    useWatch('odoo_url', form),
    useWatch('odoo_database', form),
    useWatch('odoo_username', form),
    useWatch('odoo_password', form),
  ];
  // an Odoo is either described wholly or left for later
  const required = isNew && [url, database, username, password].some(Boolean);
  const rules = [{ required, message: t('form.odooIncomplete') }];
  return (
    <>
      <p className={styles.hint}>{isNew ? t('form.odooHint') : t('form.odooKept')}</p>
      <div className={styles.fields}>
        <FormItem name="odoo_url" label={t('fields.odooUrl')} rules={rules}>
          <TextField dir="ltr" placeholder="https://odoo.example.com" maxLength={500} />
        </FormItem>
        <FormItem name="odoo_database" label={t('fields.odooDatabase')} rules={rules}>
          <TextField dir="ltr" maxLength={500} spellCheck={false} />
        </FormItem>
        <FormItem name="odoo_username" label={t('fields.odooUsername')} rules={rules}>
          <TextField dir="ltr" maxLength={500} autoComplete="off" spellCheck={false} />
        </FormItem>
        <FormItem
          name="odoo_password"
          label={t('fields.odooPassword')}
          rules={rules}
          hint={isNew ? undefined : t('form.passwordKept')}
        >
          <PasswordField dir="ltr" maxLength={1000} autoComplete="new-password" />
        </FormItem>
      </div>
    </>
  );
}

function OwnerFields({ form }: { form: FormState<TenantValues> }) {
  const { t } = useTranslation('tenants');
  const email = useWatch('owner_email', form);
  return (
    <>
      <p className={styles.hint}>{t('form.ownerHint')}</p>
      <div className={styles.fields}>
        <FormItem name="owner_email" label={t('fields.ownerEmail')} rules={[{ email: true, message: t('form.emailInvalid') }]}>
          <TextField type="email" dir="ltr" maxLength={254} autoComplete="off" />
        </FormItem>
        <FormItem
          name="owner_name"
          label={t('fields.ownerName')}
          rules={[
            { required: Boolean(email), message: t('form.ownerNameMissing') },
          ]}
        >
          <TextField maxLength={100} autoComplete="off" />
        </FormItem>
      </div>
    </>
  );
}

function LimitFields({ form }: { form: FormState<TenantValues> }) {
  const { t } = useTranslation('tenants');
  const { count } = useNumbers();
  const plans = useQuery({ ...plansQuery(useApi()), enabled: useMay()('plans:read') });
  const planId = useWatch('plan_id', form);
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
          <FormItem key={name} name={name} label={t(`fields.${name}`)}>
            <NumberField
              min={0}
              whole
              placeholder={ofPlan(name)}
            />
          </FormItem>
        ))}
        <FormItem name="allowed_features" label={t('fields.allowedFeatures')} hint={t('form.emptyAllows')}>
          <TicksField
            options={FEATURES.map((feature) => ({ value: feature, label: t(`feature.${feature}`) }))}
          />
        </FormItem>
        <FormItem name="allowed_models" label={t('fields.allowedModels')} hint={t('form.modelsHint')}>
          <WordsField label={t('fields.allowedModels')} separator={/[\s,]+/} dir="ltr" placeholder="res.partner" />
        </FormItem>
      </div>
    </>
  );
}

function NoteFields() {
  const { t } = useTranslation('tenants');
  return (
    <div className={styles.fields}>
      <FormItem name="trial_end" label={t('fields.trialEnds')} hint={t('form.trialHint')}>
        <TextField type="date" />
      </FormItem>
      <FormItem
        name="metadata"
        label={t('fields.metadata')}
        hint={t('form.metadataHint')}
        rules={[
          {
            check: (value) => readObject(String(value)) !== null,
            message: t('form.metadataInvalid'),
          },
        ]}
      >
        <TextArea dir="ltr" spellCheck={false} maxLength={16_000} placeholder='{"crm_id": 17}' />
      </FormItem>
    </div>
  );
}

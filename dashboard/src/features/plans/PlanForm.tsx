import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { ButtonLink } from '@/ui/ButtonLink';
import { ChoiceField } from '@/ui/ChoiceField';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { NumberField, TextField, Tick } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import type { FormState } from '@/ui/form/state';

import { LIMITS, TIERS } from './form';
import type { PlanValues } from './form';
import styles from './plans.module.css';

interface PlanFormProps {
  form: FormState<PlanValues>;
  initial: PlanValues;
  /** The code of a plan is chosen once. */
  isNew: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (values: PlanValues) => void;
}

/** The fields of a plan, for creating one and for changing one. */
export function PlanForm({ form, initial, isNew, busy, error, onSubmit }: PlanFormProps) {
  const { t } = useTranslation('plans');
  return (
    <Form<PlanValues>
      form={form}
      marks
      initialValues={initial}
      className={styles.form ?? ''}
      onFinish={onSubmit}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <Section title={t('form.plan')}>
        <div className={styles.fields}>
          <FormItem
            name="name"
            label={t('fields.name')}
            rules={[{ required: true, message: t('form.nameMissing') }]}
          >
            <TextField maxLength={80} autoFocus={isNew} />
          </FormItem>
          <FormItem
            name="code"
            label={t('fields.code')}
            hint={isNew ? t('form.codeHint') : t('form.codeFixed')}
            rules={[
              {
                required: isNew,
                pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
                message: t('form.codeInvalid'),
              },
            ]}
          >
            <TextField maxLength={63} dir="ltr" spellCheck={false} disabled={!isNew} />
          </FormItem>
          <FormItem name="tier" label={t('fields.tier')} hint={t('form.tierHint')}>
            <ChoiceField options={TIERS.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))} />
          </FormItem>
          <FormItem name="price" label={t('fields.price')} hint={t('form.priceHint')}>
            <NumberField min={0} />
          </FormItem>
          <FormItem
            name="currency"
            label={t('fields.currency')}
            rules={[{ pattern: /^[A-Za-z]{3}$/, message: t('form.currencyInvalid') }]}
          >
            <TextField maxLength={3} dir="ltr" spellCheck={false} />
          </FormItem>
          <FormItem name="position" label={t('fields.position')} hint={t('form.positionHint')}>
            <NumberField min={0} whole />
          </FormItem>
          <FormItem
            name="is_active"
            label={t('offered')}
            beside
            hint={t('form.offeredHint')}
          >
            <Tick />
          </FormItem>
        </div>
      </Section>
      <Section title={t('form.limits')}>
        <p className={styles.hint}>{t('form.limitsHint')}</p>
        <div className={styles.fields}>
          {LIMITS.map((name) => (
            <FormItem key={name} name={name} label={t(`fields.${name}`)}>
              <NumberField
                min={0}
                whole
                placeholder={t('unlimited')}
              />
            </FormItem>
          ))}
          <FormItem name="storage_gigabytes" label={t('form.storage')}>
            <NumberField
              min={0}
              placeholder={t('unlimited')}
            />
          </FormItem>
        </div>
      </Section>
      <div className={styles.actions}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {isNew ? t('create') : t('form.save')}
        </Button>
        <ButtonLink to="/plans">{t('form.cancel')}</ButtonLink>
      </div>
    </Form>
  );
}

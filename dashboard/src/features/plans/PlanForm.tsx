import { Button, Form, Input, InputNumber, Select, Switch } from 'antd';
import type { FormInstance } from 'antd';
import { useTranslation } from 'react-i18next';

import { ButtonLink } from '@/ui/ButtonLink';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';

import { LIMITS, TIERS } from './form';
import type { PlanValues } from './form';
import styles from './plans.module.css';

interface PlanFormProps {
  form: FormInstance<PlanValues>;
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
      layout="vertical"
      initialValues={initial}
      scrollToFirstError={{ focus: true }}
      className={styles.form ?? ''}
      onFinish={onSubmit}
    >
      {error != null && <ErrorPanel compact error={error} />}
      <Section title={t('form.plan')}>
        <div className={styles.fields}>
          <Form.Item
            name="name"
            label={t('fields.name')}
            rules={[{ required: true, whitespace: true, message: t('form.nameMissing') }]}
          >
            <Input maxLength={80} autoFocus={isNew} />
          </Form.Item>
          <Form.Item
            name="code"
            label={t('fields.code')}
            extra={isNew ? t('form.codeHint') : t('form.codeFixed')}
            rules={[
              {
                required: isNew,
                pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
                message: t('form.codeInvalid'),
              },
            ]}
          >
            <Input maxLength={63} dir="ltr" spellCheck={false} disabled={!isNew} />
          </Form.Item>
          <Form.Item name="tier" label={t('fields.tier')} extra={t('form.tierHint')}>
            <Select options={TIERS.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))} />
          </Form.Item>
          <Form.Item name="price" label={t('fields.price')} extra={t('form.priceHint')}>
            <InputNumber min={0} controls={false} style={{ inlineSize: '100%' }} />
          </Form.Item>
          <Form.Item
            name="currency"
            label={t('fields.currency')}
            rules={[{ pattern: /^[A-Za-z]{3}$/, message: t('form.currencyInvalid') }]}
          >
            <Input maxLength={3} dir="ltr" spellCheck={false} />
          </Form.Item>
          <Form.Item name="position" label={t('fields.position')} extra={t('form.positionHint')}>
            <InputNumber min={0} precision={0} controls={false} style={{ inlineSize: '100%' }} />
          </Form.Item>
          <Form.Item
            name="is_active"
            label={t('offered')}
            valuePropName="checked"
            extra={t('form.offeredHint')}
          >
            <Switch />
          </Form.Item>
        </div>
      </Section>
      <Section title={t('form.limits')}>
        <p className={styles.hint}>{t('form.limitsHint')}</p>
        <div className={styles.fields}>
          {LIMITS.map((name) => (
            <Form.Item key={name} name={name} label={t(`fields.${name}`)}>
              <InputNumber
                min={0}
                precision={0}
                controls={false}
                placeholder={t('unlimited')}
                style={{ inlineSize: '100%' }}
              />
            </Form.Item>
          ))}
          <Form.Item name="storage_gigabytes" label={t('form.storage')}>
            <InputNumber
              min={0}
              controls={false}
              placeholder={t('unlimited')}
              style={{ inlineSize: '100%' }}
            />
          </Form.Item>
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

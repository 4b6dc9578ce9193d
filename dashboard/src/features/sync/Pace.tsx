/** How often a source is read, and when a removal asks first. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { useToasts } from '@/ui/toasts';
import { NumberField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { useChangePlan } from './changes';
import formStyles from '../connection/connection.module.css';
import type { Plan } from './queries';
import styles from './sync.module.css';

interface Values {
  interval_seconds: number | null;
  sweep_seconds: number | null;
  /** In percent. */
  delete_share: number | null;
  delete_floor: number | null;
}

export function Pace({ plan }: { plan: Plan }) {
  const { t } = useTranslation('sync');
  const isAllowed = useMay();
  const toasts = useToasts();
  const form = useForm<Values>();
  const change = useChangePlan(plan.connection_id);
  const [initial] = useState<Values>(() => ({
    interval_seconds: plan.interval_seconds,
    sweep_seconds: plan.sweep_seconds,
    delete_share: Math.round(plan.delete_share * 1000) / 10,
    delete_floor: plan.delete_floor,
  }));
  if (!isAllowed('sync:write')) {
    return null;
  }
  const given = [{ required: true, message: t('pace.missing') }];
  return (
    <Section title={t('pace.title')}>
      <p className={styles.soft}>{t('pace.hint')}</p>
      <Form<Values>
        form={form}
        initialValues={initial}
        onFinish={({ delete_share, ...values }) => {
          change.mutate(
            { ...values, delete_share: delete_share === null ? null : delete_share / 100 },
            {
              onSuccess: () => {
                toasts.success(t('pace.saved'));
              },
              onError: (error) => {
                markFields(form, error);
              },
            },
          );
        }}
      >
        {change.isError && <ErrorPanel compact error={change.error} />}
        <div className={formStyles.fields}>
          <FormItem name="interval_seconds" label={t('pace.interval')} rules={given}>
            <NumberField whole min={10} max={604800} />
          </FormItem>
          <FormItem
            name="sweep_seconds"
            label={t('pace.sweep')}
            hint={t('pace.sweepHint')}
            rules={given}
          >
            <NumberField whole min={60} max={604800} />
          </FormItem>
          <FormItem
            name="delete_share"
            label={t('pace.share')}
            hint={t('pace.shareHint')}
            rules={given}
          >
            <NumberField min={0} max={100} />
          </FormItem>
          <FormItem
            name="delete_floor"
            label={t('pace.floor')}
            hint={t('pace.floorHint')}
            rules={given}
          >
            <NumberField whole min={0} max={1000000} />
          </FormItem>
        </div>
        <Buttons>
          <Button htmlType="submit" loading={change.isPending}>
            {t('pace.save')}
          </Button>
        </Buttons>
      </Form>
    </Section>
  );
}

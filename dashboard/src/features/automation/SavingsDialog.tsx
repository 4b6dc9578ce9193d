/** What one successful run of a workflow saves: minutes, and what an hour of them costs. */
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { NumberField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { useToasts } from '@/ui/toasts';

import { useAmounts } from './amounts';
import { useSetSavings } from './queries';
import type { Workflow } from './queries';

interface SavingsValues {
  minutes_saved: number | null;
  hourly_rate: number | null;
  currency: string;
}

/** The usual ones where the product is used; a currency already set is offered as well. */
const CURRENCIES = ['EUR', 'USD', 'GBP', 'RUB', 'KZT', 'AED', 'SAR', 'EGP', 'TRY', 'UZS'];

interface SavingsDialogProps {
  client: string | null;
  workflow: Workflow;
  onClose: () => void;
}

export default function SavingsDialog({ client, workflow, onClose }: SavingsDialogProps) {
  const { t } = useTranslation('automation');
  const { time } = useAmounts();
  const toasts = useToasts();
  const form = useForm<SavingsValues>();
  const save = useSetSavings(client, workflow);
  const { minutes_saved, source_minutes, hourly_rate, currency } = workflow.savings;
  const name = workflow.name ?? workflow.workflow_id;
  const isAmount = (value: unknown) => typeof value !== 'number' || value >= 0;
  return (
    <Dialog
      title={name}
      confirm={t('savings.save')}
      busy={save.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {save.isError && <ErrorPanel compact error={save.error} />}
      <p>{t('savings.hint')}</p>
      <Form<SavingsValues>
        form={form}
        inside
        initialValues={{ minutes_saved, hourly_rate, currency: currency ?? 'EUR' }}
        onFinish={(values) => {
          const rate = values.hourly_rate;
          save.mutate(
            {
              minutes_saved: values.minutes_saved,
              hourly_rate: rate,
              currency: rate === null ? null : values.currency,
            },
            {
              onSuccess: () => {
                toasts.success(t('savings.saved', { name }));
                onClose();
              },
            },
          );
        }}
      >
        <FormItem
          name="minutes_saved"
          label={t('savings.minutes')}
          hint={
            source_minutes === null
              ? t('savings.minutesHint')
              : t('savings.fromN8n', { time: time(source_minutes) })
          }
          rules={[{ check: isAmount, message: t('savings.notNegative') }]}
        >
          <NumberField min={0} max={999_999} />
        </FormItem>
        <FormItem
          name="hourly_rate"
          label={t('savings.rate')}
          hint={t('savings.rateHint')}
          rules={[{ check: isAmount, message: t('savings.notNegative') }]}
        >
          <NumberField min={0} max={999_999_999} />
        </FormItem>
        <FormItem name="currency" label={t('savings.currency')}>
          <ChoiceField
            options={[
              ...new Set([...(currency === null ? [] : [currency]), ...CURRENCIES]),
            ].map((value) => ({ value, label: value }))}
          />
        </FormItem>
      </Form>
    </Dialog>
  );
}

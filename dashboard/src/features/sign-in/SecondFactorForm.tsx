import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import type { TokenPair } from '@/session/store';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';

import { Step } from './Step';

interface SecondFactorFormProps {
  /** What the first step gave, to be handed back with the code. */
  challenge: string;
  onDone: (pair: TokenPair) => Promise<void>;
  onBack: () => void;
}

export default function SecondFactorForm({ challenge, onDone, onBack }: SecondFactorFormProps) {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const confirm = useMutation({
    mutationFn: ({ code }: { code: string }) =>
      answer(api.POST('/api/v1/auth/second-factor', { body: { challenge, code } })),
    onSuccess: onDone,
  });
  return (
    <Step title={t('code.title')} lead={t('code.lead')}>
      <Form<{ code: string }>
        onFinish={({ code }) => {
          confirm.mutate({ code: code.replaceAll(/\s/g, '') });
        }}
      >
        {confirm.isError && <ErrorPanel compact error={confirm.error} />}
        <FormItem
          name="code"
          label={t('code.label')}
          rules={[{ required: true, message: t('code.missing') }]}
        >
          <TextField
            autoFocus
            large
            dir="ltr"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={12}
          />
        </FormItem>
        <Button type="primary" size="large" htmlType="submit" block loading={confirm.isPending}>
          {t('code.submit')}
        </Button>
        <Button type="link" block onClick={onBack}>
          {t('back')}
        </Button>
      </Form>
    </Step>
  );
}

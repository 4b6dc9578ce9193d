import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { meQuery, useMe } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { Section } from '@/ui/Section';
import { useToasts } from '@/ui/toasts';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

interface ProfileValues {
  full_name: string;
}

export function Profile() {
  const { t } = useTranslation('account');
  const api = useApi();
  const me = useMe();
  const queryClient = useQueryClient();
  const toasts = useToasts();
  const form = useForm<ProfileValues>();
  const save = useMutation({
    mutationFn: (body: ProfileValues) => answer(api.PATCH('/api/v1/auth/me', { body })),
    onSuccess: (changed) => {
      queryClient.setQueryData(meQuery(api).queryKey, changed);
      toasts.success(t('profile.saved'));
    },
    onError: (error) => {
      markFields(form, error);
    },
  });
  return (
    <Section title={t('profile.title')}>
      <Form
        form={form}
        initialValues={{ full_name: me.full_name }}
        onFinish={(values) => {
          save.mutate(values);
        }}
      >
        {save.isError && <ErrorPanel compact error={save.error} />}
        <FormItem
          name="full_name"
          label={t('profile.name')}
          rules={[{ required: true, message: t('profile.nameMissing') }]}
        >
          <TextField maxLength={200} autoComplete="name" style={{ maxInlineSize: 400 }} />
        </FormItem>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('profile.save')}
        </Button>
      </Form>
    </Section>
  );
}

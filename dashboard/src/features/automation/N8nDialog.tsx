/** Where a client's n8n is, and the key to it. It is tried before it is stored. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay } from '@/session/context';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PasswordField, TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { Notice } from '@/ui/Notice';
import { useToasts } from '@/ui/toasts';

import { changedN8n } from './form';
import type { N8nValues } from './form';
import { useConfigureN8n, useTryN8n } from './queries';
import type { N8nServer } from './queries';

interface N8nDialogProps {
  client: string;
  /** The server to change; null for a new one. */
  server: N8nServer | null;
  /** Whether it is the client's only one, which needs no name. */
  first: boolean;
  onClose: () => void;
}

export default function N8nDialog({ client, server, first, onClose }: N8nDialogProps) {
  const { t } = useTranslation('automation');
  const toasts = useToasts();
  const form = useForm<N8nValues>();
  const mayTry = useMay()('connections:write');
  const attempt = useTryN8n(client);
  const save = useConfigureN8n(client);
  const [saidByFields, setSaidByFields] = useState(false);
  const isNew = server === null;
  const needed = { required: isNew, message: t('n8n.missing') };
  const store = (values: N8nValues) => {
    save.mutate(changedN8n(server, values), {
      onSuccess: () => {
        toasts.success(t('n8n.saved'));
        onClose();
      },
      onError: (error) => {
        setSaidByFields(markFields(form, error));
      },
    });
  };
  const error = attempt.error ?? (saidByFields ? null : save.error);
  return (
    <Dialog
      title={isNew ? t('n8n.connect') : t('servers.editOne', { name: server.name })}
      confirm={mayTry ? t('n8n.testAndSave') : t('n8n.save')}
      busy={attempt.isPending || save.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {error !== null && <ErrorPanel compact error={error} />}
      <p>{t('n8n.hint')}</p>
      <Form<N8nValues>
        form={form}
        inside
        initialValues={server === null ? {} : { name: server.name, n8n_api_url: server.url ?? '' }}
        onValuesChange={() => {
          attempt.reset();
        }}
        onFinish={(values) => {
          save.reset();
          const { n8n_api_url: url, n8n_api_key: key } = changedN8n(server, values);
          // what is left out of a test comes from the primary server: nothing of another's is tried
          const canTry = server === null || server.is_primary || (url != null && key != null);
          if (!mayTry || !canTry || (url == null && key == null)) {
            store(values);
            return;
          }
          attempt.mutate(
            { ...(url == null ? {} : { url }), ...(key == null ? {} : { api_key: key }) },
            {
              onSuccess: (check) => {
                if (check.success) {
                  store(values);
                }
              },
            },
          );
        }}
      >
        {!(isNew && first) && (
          <FormItem
            name="name"
            label={t('servers.name')}
            hint={isNew ? t('n8n.nameHint') : undefined}
            rules={[{ required: true, message: t('n8n.missing') }]}
          >
            <TextField dir="auto" maxLength={100} autoComplete="off" />
          </FormItem>
        )}
        <FormItem name="n8n_api_url" label={t('n8n.url')} rules={[needed]}>
          <TextField
            dir="ltr"
            inputMode="url"
            placeholder="https://n8n.example.com"
            maxLength={500}
            autoComplete="off"
            spellCheck={false}
          />
        </FormItem>
        <FormItem
          name="n8n_api_key"
          label={t('n8n.key')}
          hint={isNew ? t('n8n.keyHint') : t('n8n.keyKept')}
          rules={[needed]}
        >
          <PasswordField dir="ltr" maxLength={1000} autoComplete="new-password" />
        </FormItem>
      </Form>
      {attempt.data?.success === false && (
        <>
          <Notice tone="bad" title={t('n8n.failed')}>
            <p dir="auto">{attempt.data.problem}</p>
            {attempt.data.what_to_do != null && <p dir="auto">{attempt.data.what_to_do}</p>}
          </Notice>
          <p>
            <Button
              loading={save.isPending}
              onClick={() => {
                store(form.values());
              }}
            >
              {t('n8n.saveAnyway')}
            </Button>
          </p>
        </>
      )}
    </Dialog>
  );
}

/** The settings of a connection in a form: tried first, then stored, or stored all the same. */
import { Button } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { CheckResult } from '@/features/tenants/CheckResult';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { TextField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import styles from './connection.module.css';
import type { useTryStored, Connector } from './queries';
import { changedOf, fieldsOf, valuesOf } from './schema';
import type { Values } from './schema';
import { SchemaFields } from './SchemaFields';

/** The connection's own name among the values, beside the connector's. */
export const NAME = 'connection_name';

interface ConfigFormProps {
  connector: Connector;
  /** The settings as they are stored; null for a connection that is still to be made. */
  stored: Values | null;
  /** What the fields begin with that are not the connector's. */
  initial?: Values;
  /** Of the field of the name. Without a connection it may stay empty. */
  nameHint?: string;
  attempt: ReturnType<typeof useTryStored>;
  save: { isPending: boolean; error: Error | null; reset: () => void };
  /** `config` holds what differs from what is stored; `onError` marks the fields concerned. */
  onStore: (values: Values, config: Values, onError: (error: Error) => void) => void;
  /** Further fields. */
  children?: ReactNode;
}

export function ConfigForm(props: ConfigFormProps) {
  const { connector, stored, initial = {}, nameHint, attempt, save, onStore, children } = props;
  const { t } = useTranslation('connection');
  const form = useForm<Values>();
  const fields = fieldsOf(connector.config_schema);
  const [begun] = useState<Values>(() => ({ ...valuesOf(fields, stored ?? {}), ...initial }));
  const onError = (error: Error) => {
    markFields(form, error);
  };
  const store = (values: Values) => {
    onStore(values, changedOf(fields, stored ?? {}, values), onError);
  };
  const error = attempt.error ?? save.error;
  return (
    <Form<Values>
      form={form}
      initialValues={begun}
      onValuesChange={() => {
        attempt.reset();
      }}
      onFinish={(values) => {
        save.reset();
        const config = changedOf(fields, stored ?? {}, values);
        if (stored !== null && Object.keys(config).length === 0) {
          store(values);
          return;
        }
        attempt.mutate(config, {
          onError,
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
        <FormItem
          name={NAME}
          label={t('fields.name')}
          hint={nameHint}
          rules={stored === null ? [] : [{ required: true, message: t('form.missing') }]}
        >
          <TextField
            dir="auto"
            maxLength={100}
            placeholder={stored === null ? connector.title : undefined}
          />
        </FormItem>
      </div>
      <SchemaFields connector={connector.name} fields={fields} isStored={stored !== null} />
      {children}
      {attempt.data !== undefined && <CheckResult check={attempt.data} />}
      <Buttons>
        <Button type="primary" htmlType="submit" loading={attempt.isPending || save.isPending}>
          {t('form.testAndSave')}
        </Button>
        {attempt.data?.success === false && (
          <Button
            loading={save.isPending}
            onClick={() => {
              store(form.values());
            }}
          >
            {t('form.saveAnyway')}
          </Button>
        )}
      </Buttons>
    </Form>
  );
}

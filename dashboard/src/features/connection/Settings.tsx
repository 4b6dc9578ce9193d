/** How a system is reached: what is stored, changes to it, and taking it away. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { CheckResult } from '@/features/tenants/CheckResult';
import { ConnectionStatusTag } from '@/features/tenants/StatusTag';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { Tick } from '@/ui/form/fields';
import { FormItem } from '@/ui/form/Form';

import { ConfigForm, NAME } from './ConfigForm';
import styles from './connection.module.css';
import {
  connectorsQuery,
  useChangeConnection,
  useRemoveConnection,
  useTryStored,
} from './queries';
import type { Connection, Connector } from './queries';

export function Settings({ connection }: { connection: Connection }) {
  const isAllowed = useMay();
  const query = useQuery(connectorsQuery(useApi()));
  const connector = query.data?.items.find(({ name }) => name === connection.connector);
  return (
    <Stack>
      <Stored connection={connection} />
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {connector !== undefined && isAllowed('connections:write') && (
        <ChangeForm key={connection.updated_at} connection={connection} connector={connector} />
      )}
      {isAllowed('connections:write') && <Removal connection={connection} />}
    </Stack>
  );
}

function Stored({ connection }: { connection: Connection }) {
  const { t } = useTranslation('connection');
  const isAllowed = useMay();
  const test = useTryStored(connection.id);
  const { status_detail, server_version, checked_at, secret_set_at } = connection;
  return (
    <Section
      title={t('state')}
      aside={
        isAllowed('connections:write') && (
          <Button
            size="small"
            loading={test.isPending}
            onClick={() => {
              test.mutate(null);
            }}
          >
            {t('testStored')}
          </Button>
        )
      }
    >
      <Stack>
        <Facts
          none={t('notKnown')}
          items={[
            { label: t('fields.status'), value: <ConnectionStatusTag status={connection.status} /> },
            {
              label: t('fields.detail'),
              value: status_detail === null ? null : <span dir="auto">{status_detail}</span>,
            },
            {
              label: t('fields.version'),
              value: server_version === null ? null : <code>{server_version}</code>,
            },
            {
              label: t('fields.checked'),
              value: checked_at === null ? t('never') : <TimeText value={checked_at} />,
            },
            {
              label: t('fields.password'),
              value:
                secret_set_at === null ? null : (
                  <>
                    {t('secretSet')} <TimeText value={secret_set_at} />
                  </>
                ),
            },
            { label: t('fields.id'), value: <code>{connection.id}</code> },
          ]}
        />
        {test.isError && <ErrorPanel compact error={test.error} />}
        {test.data !== undefined && <CheckResult check={test.data} />}
      </Stack>
    </Section>
  );
}

const ACTIVE = 'connection_active';
const PRIMARY = 'connection_primary';

function ChangeForm(props: { connection: Connection; connector: Connector }) {
  const { connection, connector } = props;
  const { t } = useTranslation('connection');
  const toasts = useToasts();
  const attempt = useTryStored(connection.id);
  const save = useChangeConnection(connection.id);
  return (
    <Section title={t('form.change')}>
      <p className={styles.hint}>{t('form.changeHint')}</p>
      <ConfigForm
        connector={connector}
        stored={connection.settings}
        initial={{
          [NAME]: connection.name,
          [ACTIVE]: connection.is_active,
          [PRIMARY]: connection.is_primary,
        }}
        attempt={attempt}
        save={save}
        onStore={(values, config, onError) => {
          const name = values[NAME];
          save.mutate(
            {
              ...(Object.keys(config).length === 0 ? {} : { config }),
              ...(typeof name === 'string' && name.trim() !== connection.name
                ? { name: name.trim() }
                : {}),
              ...(values[ACTIVE] === connection.is_active
                ? {}
                : { is_active: values[ACTIVE] === true }),
              ...(values[PRIMARY] === true && !connection.is_primary ? { is_primary: true } : {}),
            },
            {
              onError,
              onSuccess: () => {
                toasts.success(t('form.saved'));
              },
            },
          );
        }}
      >
        <FormItem beside name={ACTIVE} label={t('form.active')} hint={t('form.activeHint')}>
          <Tick />
        </FormItem>
        {!connection.is_primary && (
          <FormItem beside name={PRIMARY} label={t('form.primary')} hint={t('form.primaryHint')}>
            <Tick />
          </FormItem>
        )}
      </ConfigForm>
    </Section>
  );
}

function Removal({ connection }: { connection: Connection }) {
  const { t } = useTranslation('connection');
  const navigate = useNavigate();
  const toasts = useToasts();
  const remove = useRemoveConnection(connection.id);
  const [isAsked, setAsked] = useState(false);
  return (
    <Section title={t('remove.title')}>
      <p className={styles.hint}>{t('remove.hint')}</p>
      <Button
        danger
        onClick={() => {
          setAsked(true);
        }}
      >
        {t('remove.open')}
      </Button>
      {isAsked && (
        <TypedConfirmDialog
          title={t('remove.ask', { name: connection.name })}
          word={connection.name}
          confirm={t('remove.confirm')}
          busy={remove.isPending}
          error={remove.error}
          onCancel={() => {
            remove.reset();
            setAsked(false);
          }}
          onConfirm={() => {
            remove.mutate(undefined, {
              onSuccess: () => {
                toasts.success(t('remove.done'));
                void navigate({ to: '/connections' });
              },
            });
          }}
        >
          {t('remove.what')}
        </TypedConfirmDialog>
      )}
    </Section>
  );
}

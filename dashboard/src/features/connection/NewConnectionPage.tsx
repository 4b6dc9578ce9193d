/** Connect a system: choose the kind, fill in what it asks for, try it, store it. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { useToasts } from '@/ui/toasts';

import { ConfigForm, NAME } from './ConfigForm';
import styles from './connection.module.css';
import { connectorsQuery, useConnect, useTryConfig } from './queries';
import type { Connector } from './queries';

export function NewConnectionPage() {
  const { t } = useTranslation('connection');
  const query = useQuery(connectorsQuery(useApi()));
  const [chosen, setChosen] = useState<string>();
  const connectors = query.data?.items ?? [];
  const connector = connectors.find(({ name }) => name === chosen) ?? connectors[0];
  return (
    <>
      <PageHeader
        title={t('new.title')}
        subtitle={t('new.subtitle')}
        back={{ to: '/connections', label: t('title') }}
      />
      <Stack>
        {query.isError && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton lines={6} />}
        {connector !== undefined && (
          <>
            <div role="radiogroup" aria-label={t('new.kind')} className={styles.kinds}>
              {connectors.map(({ name, title }) => (
                <label key={name} className={styles.kind}>
                  <input
                    type="radio"
                    name="connector"
                    checked={name === connector.name}
                    onChange={() => {
                      setChosen(name);
                    }}
                  />
                  <bdi>{title}</bdi>
                </label>
              ))}
            </div>
            <NewForm key={connector.name} connector={connector} />
          </>
        )}
      </Stack>
    </>
  );
}

function NewForm({ connector }: { connector: Connector }) {
  const { t } = useTranslation('connection');
  const navigate = useNavigate();
  const toasts = useToasts();
  const attempt = useTryConfig(connector.name);
  const save = useConnect();
  return (
    <Section title={t('new.settings', { title: connector.title })}>
      <p className={styles.hint}>{t('form.connectHint')}</p>
      <ConfigForm
        connector={connector}
        stored={null}
        nameHint={t('new.nameHint')}
        attempt={attempt}
        save={save}
        onStore={(values, config, onError) => {
          const name = values[NAME];
          save.mutate(
            {
              connector: connector.name,
              config,
              ...(typeof name === 'string' && name.trim() !== '' ? { name: name.trim() } : {}),
              is_active: true,
            },
            {
              onError,
              onSuccess: ({ id }) => {
                toasts.success(t('form.saved'));
                void navigate({
                  to: '/connections/$connectionId',
                  params: { connectionId: id },
                });
              },
            },
          );
        }}
      />
    </Section>
  );
}

/** Every setting of the platform, as it is in force. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Panel } from '@/ui/Panel';
import { Skeleton } from '@/ui/Skeleton';
import { FilterBar } from '@/ui/table/FilterBar';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';

import styles from './platform.module.css';
import { settingsQuery } from './queries';

type Setting = components['schemas']['SettingOut'];

const KINDS = ['changed', 'secrets'] as const;
type Kind = (typeof KINDS)[number];

export function SettingsList() {
  const { t } = useTranslation('platform');
  const [text, setText] = useState<string>();
  const [kind, setKind] = useState<Kind>();
  const query = useQuery(settingsQuery(useApi()));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  const words = text?.toLowerCase() ?? '';
  const found = query.data.items.filter(
    ({ name, description, is_default, is_secret }) =>
      `${name} ${description}`.toLowerCase().includes(words) &&
      (kind !== 'changed' || !is_default) &&
      (kind !== 'secrets' || is_secret),
  );
  return (
    <Panel>
      <FilterBar
        text={text}
        textLabel={t('settings.find')}
        filters={[
          {
            id: 'kind',
            label: t('settings.kind'),
            value: kind,
            options: KINDS.map((value) => ({ value, label: t(`settings.${value}`) })),
          },
        ]}
        onChange={(id, value) => {
          if (id === 'kind') {
            setKind(KINDS.find((one) => one === value));
          } else {
            setText(value);
          }
        }}
        onClear={() => {
          setText(undefined);
          setKind(undefined);
        }}
      />
      {found.length === 0 ? (
        <EmptyState title={t('settings.none')} hint={t('settings.noneHint')} />
      ) : (
        <Rows
          caption={t('settings.list')}
          rows={found}
          rowKey={({ name }) => name}
          columns={[
            {
              id: 'name',
              title: t('settings.name'),
              cell: ({ name, description }) => (
                <span className={styles.setting}>
                  <code>{name}</code>
                  {/* the platform's own words, which are English */}
                  <span lang="en" dir="ltr" className={styles.description}>
                    {description}
                  </span>
                </span>
              ),
            },
            {
              id: 'value',
              title: t('settings.value'),
              cell: (setting) => <Value setting={setting} />,
            },
            {
              id: 'origin',
              title: t('settings.kind'),
              cell: ({ is_default }) => (
                <Tag tone={is_default ? 'neutral' : 'info'}>
                  {is_default ? t('settings.isDefault') : t('settings.own')}
                </Tag>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function Value({ setting }: { setting: Setting }) {
  const { t } = useTranslation('platform');
  const { value, is_secret, is_set } = setting;
  if (!is_set) {
    return <span className={styles.unset}>{t('settings.notSet')}</span>;
  }
  if (is_secret) {
    return t('settings.secretSet');
  }
  if (typeof value === 'boolean') {
    return value ? t('settings.yes') : t('settings.no');
  }
  return <code className={styles.value}>{Array.isArray(value) ? value.join(', ') : String(value)}</code>;
}

/** Keys that apps call with: make one, see what it may do and when it was used, revoke it. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { permissionName } from '@/features/roles/permissions';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { DataTable } from '@/ui/table/DataTable';
import { compact } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useNow } from '@/ui/useNow';
import { useToasts } from '@/ui/toasts';
import { Tick } from '@/ui/form/fields';

import styles from './apiKeys.module.css';
import { CreateKeyDialog } from './CreateKeyDialog';
import { apiKeysQuery, useRevokeKey } from './queries';
import type { ApiKey } from './queries';
import type { KeySearch } from './search';

const route = getRouteApi('/app/api-keys');

export function ApiKeysPage() {
  const { t } = useTranslation('apiKeys');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/api-keys' });
  const mayWrite = useMay()('api_keys:write');
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const query = useQuery({
    ...apiKeysQuery(useApi(), search),
    refetchInterval: useRenewal(30_000),
  });
  const liveness = useLiveness(query);
  const columns = useKeyColumns(mayWrite, setRevoking);
  const show = (wanted: KeySearch) => {
    void navigate({ search: wanted });
  };
  const create = mayWrite && (
    <Button
      type="primary"
      icon={<PlusOutlined aria-hidden />}
      onClick={() => {
        setCreating(true);
      }}
    >
      {t('create.title')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={create} />
      <Panel>
        <div className={styles.bar}>
          <Tick
            value={search.shown === 'all'}
            onChange={(isTicked) => {
              show(compact({ size: search.size, shown: isTicked ? 'all' : undefined }));
            }}
          >
            {t('withRevoked')}
          </Tick>
          <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
        </div>
        <DataTable
          caption={t('title')}
          columns={columns}
          query={query}
          rowKey={(key) => key.id}
          search={search}
          onSearch={(list) => {
            show(compact({ shown: search.shown, ...list }));
          }}
          empty={<EmptyState title={t('none')} hint={t('noneHint')} action={create} />}
        />
      </Panel>
      {creating && (
        <CreateKeyDialog
          onClose={() => {
            setCreating(false);
          }}
        />
      )}
      {revoking !== null && (
        <RevokeDialog
          apiKey={revoking}
          onClose={() => {
            setRevoking(null);
          }}
        />
      )}
    </>
  );
}

function useKeyColumns(
  mayWrite: boolean,
  revoke: (key: ApiKey) => void,
): readonly Column<ApiKey>[] {
  const { t } = useTranslation('apiKeys');
  const { t: inRoles } = useTranslation('roles');
  const now = useNow(60_000);
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('fields.name'),
        cell: (key) => (
          <span className={styles.name}>
            <bdi>{key.name}</bdi>
            <code>{key.prefix}…</code>
          </span>
        ),
      },
      {
        id: 'state',
        title: t('fields.state'),
        cell: (key) => {
          if (key.revoked_at !== null) {
            return <Tag tone="bad">{t('state.revoked')}</Tag>;
          }
          return key.expires_at !== null && Date.parse(key.expires_at) < now ? (
            <Tag tone="warn">{t('state.expired')}</Tag>
          ) : (
            <Tag tone="good">{t('state.active')}</Tag>
          );
        },
      },
      {
        id: 'scopes',
        title: t('fields.scopes'),
        cell: (key) => (
          <details className={styles.scopes}>
            <summary>{t('scopes', { count: key.scopes.length })}</summary>
            <ul>
              {key.scopes.map((scope) => (
                <li key={scope}>{permissionName(inRoles, scope)}</li>
              ))}
            </ul>
          </details>
        ),
      },
      {
        id: 'last_used_at',
        title: t('fields.lastUsed'),
        cell: (key) =>
          key.last_used_at === null ? t('never') : <TimeText value={key.last_used_at} />,
      },
      {
        id: 'expires_at',
        title: t('fields.expires'),
        cell: (key) =>
          key.expires_at === null ? t('life.never') : <TimeText value={key.expires_at} />,
      },
      {
        id: 'created_at',
        title: t('fields.created'),
        cell: (key) => <TimeText value={key.created_at} />,
      },
      ...(mayWrite
        ? [
            {
              id: 'actions',
              title: t('fields.actions'),
              cell: (key: ApiKey) =>
                key.revoked_at !== null ? null : (
                  <Button
                    size="small"
                    danger
                    aria-label={t('revoke.title', { name: key.name })}
                    onClick={() => {
                      revoke(key);
                    }}
                  >
                    {t('revoke.button')}
                  </Button>
                ),
            },
          ]
        : []),
    ],
    [t, inRoles, now, mayWrite, revoke],
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation('apiKeys');
  const toasts = useToasts();
  const revoke = useRevokeKey(apiKey.id);
  return (
    <ConfirmDialog
      danger
      title={t('revoke.title', { name: apiKey.name })}
      confirm={t('revoke.button')}
      busy={revoke.isPending}
      error={revoke.error}
      onCancel={onClose}
      onConfirm={() => {
        revoke.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('revoke.done', { name: apiKey.name }));
          },
        });
      }}
    >
      {t('revoke.means')}
    </ConfirmDialog>
  );
}

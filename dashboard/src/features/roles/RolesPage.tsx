/** What people of a tenant may do: built-in roles, roles of its own, and the whole table. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { useToasts } from '@/ui/toasts';

import { expand, permissionName } from './permissions';
import { PermissionTable } from './PermissionTable';
import { permissionsQuery, rolesQuery, useRemoveRole } from './queries';
import type { Permission, Role } from './queries';
import { RoleDialog } from './RoleDialog';
import styles from './roles.module.css';

type Asking = { edit: Role | null; permissions: string[] } | { remove: Role };

export function RolesPage() {
  const { t } = useTranslation('roles');
  const { t: inShell } = useTranslation('shell');
  const api = useApi();
  const roles = useQuery(rolesQuery(api));
  const permissions = useQuery(permissionsQuery(api));
  const mayWrite = useMay()('roles:write');
  const [asking, setAsking] = useState<Asking | null>(null);
  const failed = [roles, permissions].find((query) => query.isError);
  const close = () => {
    setAsking(null);
  };
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          mayWrite && (
            <Button
              type="primary"
              icon={<PlusOutlined aria-hidden />}
              onClick={() => {
                setAsking({ edit: null, permissions: [] });
              }}
            >
              {t('dialog.create')}
            </Button>
          )
        }
      />
      {failed !== undefined && (
        <ErrorPanel error={failed.error} onRetry={() => void failed.refetch()} />
      )}
      {failed === undefined && (roles.data === undefined || permissions.data === undefined) && (
        <Skeleton lines={10} />
      )}
      {roles.data !== undefined && permissions.data !== undefined && (
        <Stack>
          <RoleList
            roles={roles.data.items}
            permissions={permissions.data.items}
            asOf={roles.dataUpdatedAt}
            mayWrite={mayWrite}
            ask={setAsking}
          />
          <PermissionTable
            title={t('table')}
            roles={roles.data.items.map(({ code, name, built_in, permissions: held }) => ({
              code,
              name: built_in ? roleName(inShell, code) : name,
              held,
            }))}
            permissions={permissions.data.items.map(({ permission, description }) => ({
              permission,
              name: permissionName(t, permission, description),
            }))}
          />
        </Stack>
      )}
      {asking !== null && 'edit' in asking && (
        <RoleDialog role={asking.edit} permissions={asking.permissions} onClose={close} />
      )}
      {asking !== null && 'remove' in asking && (
        <RemoveRoleDialog role={asking.remove} onClose={close} />
      )}
    </>
  );
}

interface RoleListProps {
  roles: readonly Role[];
  permissions: readonly Permission[];
  asOf: number;
  mayWrite: boolean;
  ask: (asking: Asking) => void;
}

function RoleList({ roles, permissions, asOf, mayWrite, ask }: RoleListProps) {
  const { t } = useTranslation('roles');
  const { t: inShell } = useTranslation('shell');
  const { count } = useNumbers();
  const known = permissions.map(({ permission }) => permission);
  const columns: readonly Column<Role>[] = [
    {
      id: 'name',
      title: t('fields.name'),
      cell: (role) => (
        <span className={styles.name}>
          <bdi>{role.built_in ? roleName(inShell, role.code) : role.name}</bdi>
          <code>{role.code}</code>
        </span>
      ),
    },
    {
      id: 'kind',
      title: t('fields.kind'),
      cell: (role) => (
        <Tag tone={role.built_in ? 'neutral' : 'info'}>
          {role.built_in ? t('builtIn') : t('own')}
        </Tag>
      ),
    },
    {
      id: 'permissions',
      title: t('fields.permissions'),
      numeric: true,
      cell: (role) =>
        t('ofAll', {
          held: count(expand(role.permissions, known).length),
          all: count(known.length),
        }),
    },
    ...(mayWrite
      ? [
          {
            id: 'actions',
            title: t('actions.title'),
            cell: (role: Role) => (
              <Buttons>
                <Button
                  size="small"
                  aria-label={`${t('actions.copy')}: ${role.name}`}
                  onClick={() => {
                    ask({ edit: null, permissions: expand(role.permissions, known) });
                  }}
                >
                  {t('actions.copy')}
                </Button>
                {!role.built_in && (
                  <>
                    <Button
                      size="small"
                      aria-label={t('dialog.edit', { name: role.name })}
                      onClick={() => {
                        ask({ edit: role, permissions: expand(role.permissions, known) });
                      }}
                    >
                      {t('actions.edit')}
                    </Button>
                    <Button
                      size="small"
                      danger
                      aria-label={t('remove.title', { name: role.name })}
                      onClick={() => {
                        ask({ remove: role });
                      }}
                    >
                      {t('actions.remove')}
                    </Button>
                  </>
                )}
              </Buttons>
            ),
          },
        ]
      : []),
  ];
  return (
    <Section flush title={t('list')} aside={<Freshness asOf={asOf} />}>
      <Rows caption={t('list')} columns={columns} rows={roles} rowKey={(role) => role.code} />
    </Section>
  );
}

function RemoveRoleDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useTranslation('roles');
  const toasts = useToasts();
  const remove = useRemoveRole(role.code);
  return (
    <TypedConfirmDialog
      title={t('remove.title', { name: role.name })}
      word={role.code}
      confirm={t('actions.remove')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('remove.done', { name: role.name }));
          },
        });
      }}
    >
      {t('remove.means')}
    </TypedConfirmDialog>
  );
}

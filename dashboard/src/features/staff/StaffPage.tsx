/** Who runs the platform, and what each of them may do. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { PermissionTable } from '@/features/roles/PermissionTable';
import texts from '@/i18n/locales/en/staff.json';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay, useMe } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { AddStaffDialog } from './AddStaffDialog';
import { EditStaffDialog, RemoveStaffDialog } from './ChangeStaffDialogs';
import { staffPermissionsQuery, staffQuery, staffRolesQuery } from './queries';
import type { StaffPerson } from './queries';
import type { StaffSearch } from './search';

const route = getRouteApi('/app/staff');

type Asking = 'add' | { edit: StaffPerson } | { remove: StaffPerson };

export function StaffPage() {
  const { t } = useTranslation('staff');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/staff' });
  const mayWrite = useMay()('staff:write');
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useQuery({ ...staffQuery(useApi(), search), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  const columns = useStaffColumns(mayWrite, setAsking);
  const show = (wanted: StaffSearch) => {
    void navigate({ search: wanted });
  };
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
                setAsking('add');
              }}
            >
              {t('add.button')}
            </Button>
          )
        }
      />
      <Stack>
        <Panel>
          <FilterBar
            text={search.search}
            textLabel={t('find')}
            filters={[]}
            onChange={(_, value) => {
              show(compact({ size: search.size, search: value }));
            }}
            onClear={() => {
              show(compact({ size: search.size }));
            }}
            aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
          />
          <DataTable
            caption={t('title')}
            columns={columns}
            query={query}
            rowKey={(person) => person.id}
            search={search}
            onSearch={(list) => {
              show(compact({ search: search.search, ...list }));
            }}
            empty={<EmptyState title={t('none')} hint={t('noneHint')} />}
          />
        </Panel>
        <RoleTable />
      </Stack>
      {asking === 'add' && <AddStaffDialog onClose={close} />}
      {asking !== null && asking !== 'add' && 'edit' in asking && (
        <EditStaffDialog person={asking.edit} onClose={close} />
      )}
      {asking !== null && asking !== 'add' && 'remove' in asking && (
        <RemoveStaffDialog person={asking.remove} onClose={close} />
      )}
    </>
  );
}

/** What each role allows, as the API tells it. */
function RoleTable() {
  const { t } = useTranslation('staff');
  const { t: inShell } = useTranslation('shell');
  const api = useApi();
  const roles = useQuery(staffRolesQuery(api));
  const permissions = useQuery(staffPermissionsQuery(api));
  const failed = [roles, permissions].find((query) => query.isError);
  if (roles.data === undefined || permissions.data === undefined) {
    return failed === undefined ? (
      <Skeleton lines={10} />
    ) : (
      <ErrorPanel error={failed.error} onRetry={() => void failed.refetch()} />
    );
  }
  return (
    <PermissionTable
      title={t('roles.title')}
      roles={roles.data.items.map(({ code, permissions: held }) => ({
        code,
        name: roleName(inShell, code),
        held,
      }))}
      permissions={permissions.data.items.map(({ permission, description }) => ({
        permission,
        name: permissionName(t, permission, description),
      }))}
    />
  );
}

type Known = keyof typeof texts.permission;

/** `subject:action` in words; of one these texts don't know, what the API says. */
function permissionName(t: TFunction<'staff'>, permission: string, otherwise: string): string {
  const key = permission.replace(':', '_');
  return key in texts.permission ? t(`permission.${key as Known}`) : otherwise;
}

function useStaffColumns(
  mayWrite: boolean,
  ask: (asking: Asking) => void,
): readonly Column<StaffPerson>[] {
  const { t } = useTranslation('staff');
  const { t: inShell } = useTranslation('shell');
  const me = useMe();
  return useMemo(
    () => [
      {
        id: 'full_name',
        title: t('name'),
        cell: (person) => (
          <span>
            <bdi>{person.full_name}</bdi> {person.id === me.id && <Tag tone="info">{t('you')}</Tag>}
          </span>
        ),
      },
      { id: 'email', title: t('email'), cell: (person) => <bdi>{person.email}</bdi> },
      {
        id: 'role',
        title: t('role'),
        cell: (person) => roleName(inShell, person.platform_role ?? ''),
      },
      {
        id: 'state',
        title: t('state'),
        cell: (person) => (
          <Tag tone={person.is_active ? 'good' : 'neutral'}>
            {person.is_active ? t('active') : t('inactive')}
          </Tag>
        ),
      },
      {
        id: 'second_factor',
        title: t('secondFactor'),
        cell: (person) => (person.second_factor ? t('yes') : t('no')),
      },
      {
        id: 'last_login_at',
        title: t('lastLogin'),
        cell: (person) =>
          person.last_login_at === null ? t('never') : <TimeText value={person.last_login_at} />,
      },
      ...(mayWrite
        ? [
            {
              id: 'actions',
              title: t('actions'),
              // nobody locks themselves out
              cell: (person: StaffPerson) =>
                person.id === me.id ? null : (
                  <Buttons>
                    <Button
                      size="small"
                      aria-label={t('edit.of', { name: person.full_name })}
                      onClick={() => {
                        ask({ edit: person });
                      }}
                    >
                      {t('edit.button')}
                    </Button>
                    <Button
                      size="small"
                      danger
                      aria-label={t('remove.title', { name: person.full_name })}
                      onClick={() => {
                        ask({ remove: person });
                      }}
                    >
                      {t('remove.button')}
                    </Button>
                  </Buttons>
                ),
            },
          ]
        : []),
    ],
    [t, inShell, me.id, mayWrite, ask],
  );
}

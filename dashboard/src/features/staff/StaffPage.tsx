/** Who runs the platform, and what each of them may do. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay, useMe } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import { EmptyState } from '@/ui/EmptyState';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Section } from '@/ui/Section';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { AddStaffDialog } from './AddStaffDialog';
import { EditStaffDialog, RemoveStaffDialog } from './ChangeStaffDialogs';
import { staffQuery } from './queries';
import type { StaffPerson } from './queries';
import { STAFF_ROLES } from './search';
import type { StaffSearch } from './search';

const route = getRouteApi('/app/staff');

type Asking = 'add' | { edit: StaffPerson } | { remove: StaffPerson };

export function StaffPage() {
  const { t } = useTranslation('staff');
  const { t: inShell } = useTranslation('shell');
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
              icon={<PlusOutlined />}
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
        <Section title={t('roles.title')}>
          <Facts
            none=""
            items={STAFF_ROLES.map((role) => ({
              label: roleName(inShell, role),
              value: t(`roles.${role}`),
            }))}
          />
        </Section>
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

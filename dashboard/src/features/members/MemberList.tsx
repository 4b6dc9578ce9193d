/** Who belongs to the tenant: find, give a role, end sessions, remove. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import { everyRow, saveCsv, toCsv } from '@/ui/table/csv';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact } from '@/ui/table/listSearch';

import { EditMemberDialog, RemoveMemberDialog } from './ChangeMemberDialogs';
import { useMemberColumns } from './columns';
import type { Asking } from './columns';
import { membersQuery } from './queries';
import { MemberSessionsDialog } from './MemberSessionsDialog';
import { STATES, memberFilters, readMemberSearch } from './search';
import type { MemberSearch } from './search';
import type { RoleChoice } from './useRoles';

interface MemberListProps {
  search: MemberSearch;
  roles: readonly RoleChoice[];
  /** What to offer where nobody is found. */
  action: ReactNode;
}

export function MemberList({ search, roles, action }: MemberListProps) {
  const { t } = useTranslation('members');
  const api = useApi();
  const navigate = useNavigate({ from: '/members' });
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useQuery({ ...membersQuery(api, search), refetchInterval: useRenewal(30_000) });
  const liveness = useLiveness(query);
  const columns = useMemberColumns(roles, setAsking);
  const show = (wanted: MemberSearch) => {
    void navigate({ search: wanted });
  };
  const { search: text, role, state } = search;
  const close = () => {
    setAsking(null);
  };
  return (
    <>
      <Panel>
        <FilterBar
          text={text}
          textLabel={t('find')}
          filters={[
            { id: 'role', label: t('role'), value: role, options: roles },
            {
              id: 'state',
              label: t('state'),
              value: state,
              options: STATES.map((value) => ({ value, label: t(`states.${value}`) })),
            },
          ]}
          onChange={(id, value) => {
            show(readMemberSearch({ ...search, page: undefined, [id]: value }));
          }}
          onClear={() => {
            show(compact({ size: search.size }));
          }}
          onExport={async () => {
            const rows = await everyRow((skip, limit) =>
              answer(
                api.GET('/api/v1/members', {
                  params: { query: { ...memberFilters(search), skip, limit } },
                }),
              ),
            );
            saveCsv('people', toCsv(columns, rows));
          }}
          aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
        />
        <DataTable
          caption={t('title')}
          columns={columns}
          query={query}
          rowKey={(member) => member.id}
          search={search}
          onSearch={(list) => {
            show(compact({ search: text, role, state, ...list }));
          }}
          empty={<EmptyState title={t('none')} hint={t('noneHint')} action={action} />}
        />
      </Panel>
      {asking?.to === 'edit' && (
        <EditMemberDialog member={asking.member} roles={roles} onClose={close} />
      )}
      {asking?.to === 'remove' && <RemoveMemberDialog member={asking.member} onClose={close} />}
      {asking?.to === 'sessions' && <MemberSessionsDialog member={asking.member} onClose={close} />}
    </>
  );
}

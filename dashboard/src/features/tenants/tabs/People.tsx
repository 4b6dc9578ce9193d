import { UserAddOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useBuiltInRoles } from '@/features/automation/roles';
import { InvitationsPanel } from '@/features/invitations/InvitationsPanel';
import { InviteDialog } from '@/features/invitations/InviteDialog';
import type { InvitationsWanted } from '@/features/invitations/search';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { tenantPeopleQuery } from '../queries';
import type { Tenant } from '../queries';
import type { PanelProps } from './panel';

/** Who belongs to a tenant and who is invited to it. */
export default function People({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const isAllowed = useMay();
  const roles = useBuiltInRoles();
  const [isInviting, setInviting] = useState(false);
  const [wanted, setWanted] = useState<InvitationsWanted>({});
  const invite = isAllowed('members:write') && tenant.status !== 'deleted' && (
    <Button
      icon={<UserAddOutlined aria-hidden />}
      onClick={() => {
        setInviting(true);
      }}
    >
      {t('people.invite')}
    </Button>
  );
  return (
    <Stack>
      <Members tenant={tenant} invite={invite} />
      {isAllowed('members:read') && (
        <InvitationsPanel
          wanted={wanted}
          onWanted={setWanted}
          roles={roles}
          tenantId={tenant.id}
          action={invite}
        />
      )}
      {isInviting && (
        <InviteDialog
          tenantId={tenant.id}
          roles={roles}
          role="owner"
          onClose={() => {
            setInviting(false);
          }}
        />
      )}
    </Stack>
  );
}

function Members({ tenant, invite }: { tenant: Tenant; invite: ReactNode }) {
  const { t } = useTranslation('tenants');
  const query = useQuery(tenantPeopleQuery(useApi(), tenant.id));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton />
    );
  }
  return (
    <Section
      flush
      title={t('people.title', { count: query.data.total })}
      aside={
        <>
          <Freshness asOf={query.dataUpdatedAt} /> {invite}
        </>
      }
    >
      {query.data.items.length === 0 ? (
        <EmptyState title={t('people.none')} hint={t('people.noneHint')} action={invite} />
      ) : (
        <Rows
          caption={t('tabs.people')}
          rows={query.data.items}
          rowKey={(person) => person.id}
          columns={[
            {
              id: 'full_name',
              title: t('people.name'),
              cell: (person) => <bdi>{person.full_name}</bdi>,
            },
            {
              id: 'email',
              title: t('people.email'),
              cell: (person) => <bdi>{person.email}</bdi>,
            },
            {
              id: 'active',
              title: t('fields.status'),
              cell: (person) => (
                <Tag tone={person.is_active ? 'good' : 'neutral'}>
                  {person.is_active ? t('people.active') : t('people.inactive')}
                </Tag>
              ),
            },
            {
              id: 'second_factor',
              title: t('people.secondFactor'),
              cell: (person) => (person.second_factor ? t('yes') : t('no')),
            },
            {
              id: 'last_login_at',
              title: t('people.lastLogin'),
              cell: (person) =>
                person.last_login_at === null ? (
                  t('people.never')
                ) : (
                  <TimeText value={person.last_login_at} />
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}

/** Who belongs to the tenant and who is invited to it. */
import { MailOutlined, PlusOutlined } from '@ant-design/icons';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { InvitationsPanel } from '@/features/invitations/InvitationsPanel';
import { InviteDialog } from '@/features/invitations/InviteDialog';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { PageHeader } from '@/ui/PageHeader';
import { TabLinks } from '@/ui/TabLinks';
import { compact } from '@/ui/table/listSearch';

import { AddMemberDialog } from './AddMemberDialog';
import { MemberList } from './MemberList';
import { useRoles } from './useRoles';

const route = getRouteApi('/app/members');
const TABS = ['people', 'invitations'] as const;

export function MembersPage() {
  const { t } = useTranslation('members');
  const { t: ofInvitations } = useTranslation('invitations');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/members' });
  const mayWrite = useMay()('members:write');
  const [asking, setAsking] = useState<'add' | 'invite' | null>(null);
  const roles = useRoles();
  const { tab = 'people' } = search;
  const close = () => {
    setAsking(null);
  };
  const invite = mayWrite && (
    <Button
      type="primary"
      icon={<MailOutlined aria-hidden />}
      onClick={() => {
        setAsking('invite');
      }}
    >
      {ofInvitations('invite.button')}
    </Button>
  );
  const actions = mayWrite && (
    <Buttons>
      <Button
        icon={<PlusOutlined aria-hidden />}
        onClick={() => {
          setAsking('add');
        }}
      >
        {t('add.button')}
      </Button>
      {invite}
    </Buttons>
  );
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={actions} />
      <TabLinks
        label={t('parts')}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          void navigate({ search: value === 'invitations' ? { tab: value } : {} });
        }}
      >
        {tab === 'invitations' ? (
          <InvitationsPanel
            wanted={search}
            onWanted={(wanted) => {
              void navigate({ search: compact({ tab: 'invitations' as const, ...wanted }) });
            }}
            roles={roles}
            action={invite}
          />
        ) : (
          <MemberList search={search} roles={roles} action={invite} />
        )}
      </TabLinks>
      {asking === 'add' && <AddMemberDialog roles={roles} onClose={close} />}
      {asking === 'invite' && <InviteDialog roles={roles} onClose={close} />}
    </>
  );
}

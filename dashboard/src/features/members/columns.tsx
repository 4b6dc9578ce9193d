import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay, useMe } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import type { Column } from '@/ui/table/column';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import type { Member } from './queries';
import type { RoleChoice } from './useRoles';

/** What is being done with one member. */
export interface Asking {
  to: 'edit' | 'remove' | 'sessions';
  member: Member;
}

export function useMemberColumns(
  roles: readonly RoleChoice[],
  ask: (asking: Asking) => void,
): readonly Column<Member>[] {
  const { t } = useTranslation('members');
  const { t: inShell } = useTranslation('shell');
  const me = useMe();
  const isAllowed = useMay();
  const mayWrite = isAllowed('members:write');
  const maySeeSessions = isAllowed('sessions:read');
  return useMemo(() => {
    const nameOf = (role: string) =>
      roles.find(({ value }) => value === role)?.label ?? roleName(inShell, role);
    const actions: Column<Member> = {
      id: 'actions',
      title: t('actions'),
      cell: (member) => {
        const isMe = member.user_id === me.id;
        const name = member.full_name;
        return (
          <Buttons>
            {maySeeSessions && (
              <Button
                size="small"
                aria-label={`${t('sessions.button')}: ${name}`}
                onClick={() => {
                  ask({ to: 'sessions', member });
                }}
              >
                {t('sessions.button')}
              </Button>
            )}
            {mayWrite && !isMe && (
              <>
                <Button
                  size="small"
                  aria-label={t('edit.of', { name })}
                  onClick={() => {
                    ask({ to: 'edit', member });
                  }}
                >
                  {t('edit.button')}
                </Button>
                <Button
                  size="small"
                  danger
                  aria-label={t('remove.title', { name })}
                  onClick={() => {
                    ask({ to: 'remove', member });
                  }}
                >
                  {t('remove.button')}
                </Button>
              </>
            )}
          </Buttons>
        );
      },
    };
    return [
      {
        id: 'full_name',
        title: t('name'),
        cell: (member) => (
          <span>
            <bdi>{member.full_name}</bdi>{' '}
            {member.user_id === me.id && <Tag tone="info">{t('you')}</Tag>}
          </span>
        ),
        exported: (member) => member.full_name,
      },
      {
        id: 'email',
        title: t('email'),
        cell: (member) => <bdi>{member.email}</bdi>,
        exported: (member) => member.email,
      },
      {
        id: 'role',
        title: t('role'),
        cell: (member) => <bdi>{nameOf(member.role)}</bdi>,
        exported: (member) => member.role,
      },
      {
        id: 'odoo_user_id',
        title: t('odooUser'),
        cell: (member) =>
          member.odoo_user_id === null ? t('notMatched') : <code>{member.odoo_user_id}</code>,
        exported: (member) => member.odoo_user_id,
      },
      {
        id: 'state',
        title: t('state'),
        cell: (member) => (
          <Tag tone={member.is_active ? 'good' : 'neutral'}>
            {member.is_active ? t('states.active') : t('states.inactive')}
          </Tag>
        ),
        exported: (member) => (member.is_active ? 'active' : 'inactive'),
      },
      {
        id: 'second_factor',
        title: t('secondFactor'),
        cell: (member) => (member.second_factor ? t('yes') : t('no')),
        exported: (member) => (member.second_factor ? 'yes' : 'no'),
      },
      {
        id: 'last_login_at',
        title: t('lastLogin'),
        cell: (member) =>
          member.last_login_at === null ? t('never') : <TimeText value={member.last_login_at} />,
        exported: (member) => member.last_login_at,
      },
      ...(mayWrite || maySeeSessions ? [actions] : []),
    ];
  }, [t, inShell, roles, me.id, mayWrite, maySeeSessions, ask]);
}

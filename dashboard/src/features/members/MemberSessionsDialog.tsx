/** Where a member is signed in, and the way to end it. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { browserName } from '@/features/account/browserName';
import { useMay } from '@/session/context';
import { Dialog } from '@/ui/Dialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';

import { memberSessionsQuery, useEndSession } from './queries';
import type { Member } from './queries';

interface MemberSessionsDialogProps {
  member: Member;
  onClose: () => void;
}

export function MemberSessionsDialog({ member, onClose }: MemberSessionsDialogProps) {
  const { t } = useTranslation('members');
  const mayEnd = useMay()('sessions:write');
  const query = useQuery(memberSessionsQuery(useApi(), member.id));
  const end = useEndSession(member.id);
  const error = query.error ?? end.error;
  return (
    <Dialog
      wide
      title={t('sessions.of', { name: member.full_name })}
      onCancel={onClose}
    >
      {error !== null && <ErrorPanel compact error={error} />}
      {query.isPending && <Skeleton />}
      {query.data?.items.length === 0 && (
        <EmptyState title={t('sessions.none')} hint={t('sessions.noneHint')} />
      )}
      {query.data !== undefined && query.data.items.length > 0 && (
        <Rows
          caption={t('sessions.of', { name: member.full_name })}
          rows={query.data.items}
          rowKey={(session) => session.id}
          columns={[
            {
              id: 'user_agent',
              title: t('sessions.browser'),
              cell: (session) => (
                <span title={session.user_agent}>
                  <bdi>{browserName(session.user_agent) ?? t('sessions.unknown')}</bdi>
                </span>
              ),
            },
            {
              id: 'client_address',
              title: t('sessions.address'),
              cell: (session) => <code>{session.client_address}</code>,
            },
            {
              id: 'last_used_at',
              title: t('sessions.lastUsed'),
              cell: (session) => <TimeText value={session.last_used_at} />,
            },
            {
              id: 'expires_at',
              title: t('sessions.expires'),
              cell: (session) => <TimeText value={session.expires_at} />,
            },
            ...(mayEnd
              ? [
                  {
                    id: 'end',
                    title: t('actions'),
                    cell: (session: { id: string }) => (
                      <Button
                        size="small"
                        loading={end.isPending && end.variables === session.id}
                        onClick={() => {
                          end.mutate(session.id);
                        }}
                      >
                        {t('sessions.end')}
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
    </Dialog>
  );
}

/** Who is invited, with what became of it; sending again and taking back. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { DataTable } from '@/ui/table/DataTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { compact, oneOf, textOf } from '@/ui/table/listSearch';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { invitationsQuery, useMoveInvitation } from './queries';
import type { Invitation, InvitationMove } from './queries';
import { STATUSES } from './search';
import type { InvitationStatus, InvitationsWanted } from './search';

const TONES: Record<InvitationStatus, Tone> = {
  pending: 'info',
  expired: 'warn',
  accepted: 'good',
  revoked: 'neutral',
};

interface Asking {
  invitation: Invitation;
  move: InvitationMove;
}

interface InvitationsPanelProps {
  wanted: InvitationsWanted;
  onWanted: (wanted: InvitationsWanted) => void;
  roles: readonly { value: string; label: string }[];
  tenantId?: string;
  /** What to offer where nobody is invited. */
  action?: ReactNode;
}

export function InvitationsPanel(props: InvitationsPanelProps) {
  const { wanted, onWanted, roles, tenantId, action } = props;
  const { t } = useTranslation('invitations');
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useQuery({
    ...invitationsQuery(useApi(), wanted, tenantId),
    refetchInterval: useRenewal(30_000),
  });
  const liveness = useLiveness(query);
  const columns = useColumns(roles, setAsking);
  return (
    <Panel>
      <FilterBar
        text={wanted.search}
        textLabel={t('find')}
        filters={[
          {
            id: 'status',
            label: t('state'),
            value: wanted.status,
            options: STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          },
        ]}
        onChange={(id, value) => {
          onWanted(
            compact({
              size: wanted.size,
              search: id === 'search' ? textOf(value) : wanted.search,
              status: id === 'status' ? oneOf(value, STATUSES) : wanted.status,
            }),
          );
        }}
        onClear={() => {
          onWanted(compact({ size: wanted.size }));
        }}
        aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      />
      <DataTable
        caption={t('title')}
        columns={columns}
        query={query}
        rowKey={({ id }) => id}
        search={wanted}
        onSearch={(list) => {
          onWanted(compact({ search: wanted.search, status: wanted.status, ...list }));
        }}
        empty={<EmptyState title={t('none')} hint={t('noneHint')} action={action} />}
      />
      {asking !== null && (
        <MoveDialog
          {...asking}
          onClose={() => {
            setAsking(null);
          }}
        />
      )}
    </Panel>
  );
}

function MoveDialog({ invitation, move, onClose }: Asking & { onClose: () => void }) {
  const { t } = useTranslation('invitations');
  const toasts = useToasts();
  const change = useMoveInvitation(invitation.id, move);
  return (
    <ConfirmDialog
      title={t(`ask.${move}`, { email: invitation.email })}
      confirm={t(`moves.${move}`)}
      danger={move === 'revoke'}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => {
        change.mutate(undefined, {
          onSuccess: () => {
            toasts.success(t(`moved.${move}`, { email: invitation.email }));
            onClose();
          },
        });
      }}
      onCancel={onClose}
    >
      {t(`means.${move}`)}
    </ConfirmDialog>
  );
}

function useColumns(
  roles: readonly { value: string; label: string }[],
  ask: (asking: Asking) => void,
): readonly Column<Invitation>[] {
  const { t } = useTranslation('invitations');
  const { t: inShell } = useTranslation('shell');
  const mayWrite = useMay()('members:write');
  const nameOf = (role: string) =>
    roles.find(({ value }) => value === role)?.label ?? roleName(inShell, role);
  const columns: Column<Invitation>[] = [
    { id: 'email', title: t('email'), cell: ({ email }) => <bdi>{email}</bdi> },
    { id: 'role', title: t('role'), cell: ({ role }) => nameOf(role) },
    {
      id: 'status',
      title: t('state'),
      cell: ({ status }) => <Tag tone={TONES[status]}>{t(`status.${status}`)}</Tag>,
    },
    { id: 'invited_by', title: t('by'), cell: ({ invited_by }) => invited_by ?? '—' },
    { id: 'sent', title: t('sent'), cell: ({ sent_at }) => <TimeText value={sent_at} /> },
    { id: 'expires', title: t('ends'), cell: ({ expires_at }) => <TimeText value={expires_at} /> },
  ];
  if (mayWrite) {
    columns.push({
      id: 'actions',
      title: t('actions'),
      cell: (invitation) =>
        (invitation.status === 'pending' || invitation.status === 'expired') && (
          <Buttons>
            {(['resend', 'revoke'] as const).map((move) => (
              <Button
                key={move}
                size="small"
                danger={move === 'revoke'}
                aria-label={`${t(`moves.${move}`)} – ${invitation.email}`}
                onClick={() => {
                  ask({ invitation, move });
                }}
              >
                {t(`moves.${move}`)}
              </Button>
            ))}
          </Buttons>
        ),
    });
  }
  return columns;
}

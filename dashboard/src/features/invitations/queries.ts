import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { windowOf } from '@/ui/table/listSearch';

import type { InvitationsWanted } from './search';

export type Invitation = components['schemas']['InvitationOut'];
export type Invited = components['schemas']['Invited'];
export type InvitationList = components['schemas']['InvitationList'];

/** `tenantId` is for staff, who see every tenant's; members see those of their own. */
export function invitationsQuery(api: Api, wanted: InvitationsWanted, tenantId?: string) {
  const { search, status } = wanted;
  return queryOptions({
    queryKey: ['invitations', tenantId ?? null, search, status, windowOf(wanted)],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/auth/invitations', {
          signal,
          params: {
            query: {
              ...(search === undefined ? {} : { search }),
              ...(status === undefined ? {} : { status }),
              ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
              ...windowOf(wanted),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['invitation.*'] },
  });
}

function useRenewInvitations(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['invitations'] }),
      queryClient.invalidateQueries({ queryKey: ['usage', 'limits'] }),
    ]);
  };
}

/** Invite one or many; the answer tells what became of each. */
export function useInvite() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: InvitationList) =>
      answer(
        api.POST('/api/v1/auth/invitations/bulk', {
          body,
          headers: { 'Idempotency-Key': keyOf(body) },
        }),
      ),
    onSuccess: useRenewInvitations(),
  });
}

export type InvitationMove = 'resend' | 'revoke';

export function useMoveInvitation(invitationId: string, move: InvitationMove) {
  const api = useApi();
  return useMutation({
    mutationFn: async () => {
      const params = { path: { invitation_id: invitationId } };
      await (move === 'resend'
        ? answer(api.POST('/api/v1/invitations/{invitation_id}/resend', { params }))
        : answer(api.DELETE('/api/v1/invitations/{invitation_id}', { params })));
    },
    onSuccess: useRenewInvitations(),
  });
}

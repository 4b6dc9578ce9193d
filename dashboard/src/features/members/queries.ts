import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { windowOf } from '@/ui/table/listSearch';

import { memberFilters } from './search';
import type { MemberSearch } from './search';

export type Member = components['schemas']['MemberOut'];
export type MemberIn = components['schemas']['MemberIn'];
export type MemberChange = components['schemas']['MemberChange'];

export function membersQuery(api: Api, search: MemberSearch) {
  return queryOptions({
    queryKey: ['members', 'list', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/members', {
          signal,
          params: { query: { ...memberFilters(search), ...windowOf(search) } },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['member.*', 'user.*'] },
  });
}

export function memberSessionsQuery(api: Api, memberId: string) {
  return queryOptions({
    queryKey: ['members', 'sessions', memberId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/members/{member_id}/sessions', {
          signal,
          params: { path: { member_id: memberId }, query: { limit: 100 } },
        }),
      ),
    meta: { news: ['session.*'] },
  });
}

function useRenewMembers(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['members'] }),
      queryClient.invalidateQueries({ queryKey: ['usage', 'limits'] }),
    ]);
  };
}

export function useAddMember() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: MemberIn) =>
      answer(api.POST('/api/v1/members', { body, headers: { 'Idempotency-Key': keyOf(body) } })),
    onSuccess: useRenewMembers(),
  });
}

export function useChangeMember(memberId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: MemberChange) =>
      answer(
        api.PATCH('/api/v1/members/{member_id}', {
          params: { path: { member_id: memberId } },
          body,
        }),
      ),
    onSuccess: useRenewMembers(),
  });
}

/** Remove somebody from the tenant; their sessions and keys here end. */
export function useRemoveMember(memberId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE('/api/v1/members/{member_id}', { params: { path: { member_id: memberId } } }),
      ),
    onSuccess: useRenewMembers(),
  });
}

export function useEndSession(memberId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (sessionId: string) =>
      answer(
        api.DELETE('/api/v1/members/{member_id}/sessions/{session_id}', {
          params: { path: { member_id: memberId, session_id: sessionId } },
        }),
      ),
    onSettled: useRenewMembers(),
  });
}

import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { windowOf } from '@/ui/table/listSearch';

import type { StaffSearch } from './search';

export type StaffPerson = components['schemas']['UserOut'];
export type StaffIn = components['schemas']['StaffIn'];
export type StaffChange = components['schemas']['StaffChange'];

export function staffQuery(api: Api, search: StaffSearch) {
  return queryOptions({
    queryKey: ['staff', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/staff', {
          signal,
          params: {
            query: {
              ...(search.search === undefined ? {} : { search: search.search }),
              ...windowOf(search),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    meta: { news: ['user.*', 'staff.*'] },
  });
}

/** The roles of staff and what each allows; they are built in. */
export function staffRolesQuery(api: Api) {
  return queryOptions({
    queryKey: ['staff', 'roles'],
    queryFn: ({ signal }) => answer(api.GET('/admin/roles', { signal })),
    staleTime: Infinity,
  });
}

/** Every permission a role of staff can hold. */
export function staffPermissionsQuery(api: Api) {
  return queryOptions({
    queryKey: ['staff', 'permissions'],
    queryFn: ({ signal }) => answer(api.GET('/admin/roles/permissions', { signal })),
    staleTime: Infinity,
  });
}

function useRenewStaff(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['staff'] }),
      queryClient.invalidateQueries({ queryKey: ['people'] }),
    ]);
  };
}

export function useAddStaff() {
  const api = useApi();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: StaffIn) =>
      answer(api.POST('/admin/staff', { body, headers: { 'Idempotency-Key': keyOf(body) } })),
    onSuccess: useRenewStaff(),
  });
}

export function useChangeStaff(userId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: StaffChange) =>
      answer(api.PATCH('/admin/staff/{user_id}', { params: { path: { user_id: userId } }, body })),
    onSuccess: useRenewStaff(),
  });
}

/** Take staff rights away; the person and what they are in tenants stay. */
export function useRemoveStaff(userId: string) {
  const api = useApi();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE('/admin/staff/{user_id}', { params: { path: { user_id: userId } } })),
    onSuccess: useRenewStaff(),
  });
}

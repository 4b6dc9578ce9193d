import { useQuery, useSuspenseQuery, queryOptions } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { useStore } from 'zustand';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';

import { may } from './permissions';
import type { Me, Permission } from './permissions';
import type { SessionControl } from './session';
import type { Session } from './store';

export const SessionContext = createContext<SessionControl | null>(null);

export function useSessionControl(): SessionControl {
  const control = use(SessionContext);
  if (control === null) {
    throw new Error('SessionContext is missing above this component.');
  }
  return control;
}

export function useSession<Part>(select: (session: Session) => Part): Part {
  return useStore(useSessionControl().store, select);
}

/** Who is signed in and what they may do; one address for staff and for people of tenants. */
export function meQuery(api: Api) {
  return queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/auth/me', { signal })),
    staleTime: 60_000,
  });
}

/** The signed-in person. Only below the routes that loaded them. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery(useApi())).data;
}

/** Whether the signed-in person may do something; false while that is not known. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useQuery(meQuery(useApi()));
  return (permission) => data !== undefined && may(data, permission);
}

/** Who may go where. The API checks again; this only keeps people from closed doors. */
import { redirect } from '@tanstack/react-router';

import { ProblemError } from '@/api/problem';
import { meQuery } from '@/session/context';
import { may } from '@/session/permissions';
import type { Me, Permission } from '@/session/permissions';
import type { Side } from '@/session/store';

import type { RouterContext } from './context';

/** The signed-in person. Sends others to the sign-in page, to come back to `href`. */
export async function signedIn(context: RouterContext, href: string): Promise<Me> {
  const toSignIn = () =>
    redirect({ to: '/sign-in', search: href === '/' ? {} : { to: href }, replace: true });
  if (context.session.store.getState().status !== 'signed-in') {
    throw toSignIn();
  }
  try {
    return await context.queryClient.query({ ...meQuery(context.api), staleTime: 'static' });
  } catch (error) {
    if (context.session.store.getState().status !== 'signed-in') {
      throw toSignIn();
    }
    throw error;
  }
}

/** A `beforeLoad` that lets in those of `side`, null for both, who hold `permission`. */
export function needs(side: Side | null, permission?: Permission) {
  return async ({ context }: { context: RouterContext }): Promise<void> => {
    const me = await context.queryClient.query({ ...meQuery(context.api), staleTime: 'static' });
    const own: Side = me.kind === 'staff' ? 'staff' : 'tenant';
    if ((side !== null && side !== own) || (permission !== undefined && !may(me, permission))) {
      throw new ProblemError({
        status: 403,
        code: 'FORBIDDEN',
        detail:
          permission === undefined
            ? 'This page is for others.'
            : `This page needs the permission ${permission}.`,
        extra: { page: permission ?? null },
      });
    }
  };
}

/** What is around every page of somebody who is signed in. */
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';

import { signedIn } from './guards';
import { root } from './root';

export const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const me = await signedIn(context, location.href);
    if (me.must_change_password) {
      throw redirect({ to: '/new-password', replace: true });
    }
  },
  component: lazyRouteComponent(() => import('@/shell/Shell'), 'Shell'),
});

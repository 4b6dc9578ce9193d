/** The pages one sees before being signed in. */
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';

import { readMicrosoftSearch, readSignInSearch, readTokenSearch } from '@/features/sign-in/search';

import { signedIn } from './guards';
import { root } from './root';
import { texts } from './texts';

const frame = createRoute({
  getParentRoute: () => root,
  id: 'door',
  loader: texts('signIn'),
  component: lazyRouteComponent(() => import('@/features/sign-in/Door'), 'Door'),
});

const signIn = createRoute({
  getParentRoute: () => frame,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  beforeLoad: ({ context, search }) => {
    if (context.session.store.getState().status === 'signed-in') {
      throw redirect({ to: search.to ?? '/', replace: true });
    }
  },
  loader: texts('signIn'),
  component: lazyRouteComponent(() => import('@/features/sign-in/SignInPage'), 'SignInPage'),
});

const microsoft = createRoute({
  getParentRoute: () => frame,
  path: '/sign-in/microsoft',
  validateSearch: readMicrosoftSearch,
  loader: texts('signIn'),
  component: lazyRouteComponent(() => import('@/features/sign-in/MicrosoftPage'), 'MicrosoftPage'),
});

const join = createRoute({
  getParentRoute: () => frame,
  path: '/join',
  loader: texts('join', 'shell', 'signIn'),
  component: lazyRouteComponent(() => import('@/features/join/JoinPage'), 'JoinPage'),
});

const register = createRoute({
  getParentRoute: () => frame,
  path: '/register',
  loader: texts('join', 'signIn'),
  component: lazyRouteComponent(() => import('@/features/join/RegisterPage'), 'RegisterPage'),
});

const verify = createRoute({
  getParentRoute: () => frame,
  path: '/verify',
  loader: texts('join', 'signIn'),
  component: lazyRouteComponent(() => import('@/features/join/VerifyPage'), 'VerifyPage'),
});

const forgotPassword = createRoute({
  getParentRoute: () => frame,
  path: '/forgot-password',
  loader: texts('signIn'),
  component: lazyRouteComponent(
    () => import('@/features/sign-in/ForgotPasswordPage'),
    'ForgotPasswordPage',
  ),
});

const resetPassword = createRoute({
  getParentRoute: () => frame,
  path: '/reset-password',
  validateSearch: readTokenSearch,
  loader: texts('signIn'),
  component: lazyRouteComponent(
    () => import('@/features/sign-in/ResetPasswordPage'),
    'ResetPasswordPage',
  ),
});

const newPassword = createRoute({
  getParentRoute: () => frame,
  path: '/new-password',
  beforeLoad: async ({ context }) => {
    const me = await signedIn(context, '/');
    if (!me.must_change_password) {
      throw redirect({ to: '/', replace: true });
    }
  },
  loader: texts('signIn'),
  component: lazyRouteComponent(
    () => import('@/features/sign-in/NewPasswordPage'),
    'NewPasswordPage',
  ),
});

export const door = frame.addChildren([
  signIn,
  microsoft,
  join,
  register,
  verify,
  forgotPassword,
  resetPassword,
  newPassword,
]);

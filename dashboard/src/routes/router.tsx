/**
 * Every page of the app and its address. A page's code and its texts are loaded when it is first
 * opened; `texts.test.ts` sees that every page names the texts it shows.
 */
import {
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { readActivitySearch } from '@/features/activity/search';
import { readAlertsSearch } from '@/features/alerts/search';
import { readAnalyticsSearch } from '@/features/analytics/search';
import { readKeySearch } from '@/features/api-keys/search';
import { readAuditSearch } from '@/features/audit/search';
import { readAutomationSearch, readClientsSearch } from '@/features/automation/search';
import { readExplorerSearch } from '@/features/explorer/search';
import { readJobsSearch } from '@/features/jobs/search';
import { readErrorSearch, readUsageSearch } from '@/features/logs/search';
import { readMemberSearch } from '@/features/members/search';
import { readPeopleSearch } from '@/features/people/search';
import { readMailSearch } from '@/features/platform/mail/search';
import { readStaffSearch } from '@/features/staff/search';
import { readTenantSearch, readTenantView, TABS, TAB_TEXTS } from '@/features/tenants/search';
import { firstPage } from '@/shell/navigation';

import { app } from './app';
import type { RouterContext } from './context';
import { copied } from './copied';
import { door } from './door';
import { needs, signedIn } from './guards';
import { NotFoundPage, PageProblem } from './PageProblem';
import { root } from './root';
import { texts } from './texts';

const start = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: async ({ context, location }) => {
    throw redirect({ to: firstPage(await signedIn(context, location.href)), replace: true });
  },
});

const tenants = createRoute({
  getParentRoute: () => app,
  path: '/tenants',
  beforeLoad: needs('staff', 'tenants:read'),
});

const tenantList = createRoute({
  getParentRoute: () => tenants,
  path: '/',
  validateSearch: readTenantSearch,
  loader: texts('tenants'),
  component: lazyRouteComponent(() => import('@/features/tenants/TenantsPage'), 'TenantsPage'),
});

const tenantNew = createRoute({
  getParentRoute: () => tenants,
  path: '/new',
  beforeLoad: needs('staff', 'tenants:write'),
  loader: texts('tenants'),
  component: lazyRouteComponent(() => import('@/features/tenants/NewTenantPage'), 'NewTenantPage'),
});

const tenantDetails = createRoute({
  getParentRoute: () => tenants,
  path: '/$tenantId',
  validateSearch: readTenantView,
  loaderDeps: ({ search }) => ({ tab: search.tab ?? TABS[0] }),
  // the overview is also what somebody sees who may not see the tab
  loader: ({ context, deps }) =>
    context.loadTexts(['tenants', ...TAB_TEXTS.overview, ...TAB_TEXTS[deps.tab]]),
  component: lazyRouteComponent(() => import('@/features/tenants/TenantPage'), 'TenantPage'),
});

const tenantEdit = createRoute({
  getParentRoute: () => tenants,
  path: '/$tenantId/edit',
  beforeLoad: needs('staff', 'tenants:write'),
  loader: texts('tenants'),
  component: lazyRouteComponent(
    () => import('@/features/tenants/EditTenantPage'),
    'EditTenantPage',
  ),
});

const overview = createRoute({
  getParentRoute: () => app,
  path: '/overview',
  beforeLoad: needs('staff', 'usage:read'),
  loader: texts('logs', 'overview', 'tenants', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/overview/OverviewPage'), 'OverviewPage'),
});

const analytics = createRoute({
  getParentRoute: () => app,
  path: '/analytics',
  beforeLoad: needs('staff', 'usage:read'),
  validateSearch: readAnalyticsSearch,
  loader: texts('analytics', 'traffic'),
  component: lazyRouteComponent(
    () => import('@/features/analytics/AnalyticsPage'),
    'AnalyticsPage',
  ),
});

const logs = createRoute({
  getParentRoute: () => app,
  path: '/logs',
  beforeLoad: needs('staff', 'logs:read'),
});

const usageLog = createRoute({
  getParentRoute: () => logs,
  path: '/usage',
  validateSearch: readUsageSearch,
  loader: texts('logs', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/logs/UsageLogPage'), 'UsageLogPage'),
});

const usageRequest = createRoute({
  getParentRoute: () => logs,
  path: '/usage/$correlationId',
  loader: texts('logs'),
  component: lazyRouteComponent(() => import('@/features/logs/RequestPage'), 'RequestPage'),
});

const errorLog = createRoute({
  getParentRoute: () => logs,
  path: '/errors',
  validateSearch: readErrorSearch,
  loader: texts('logs', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/logs/ErrorLogPage'), 'ErrorLogPage'),
});

const errorDetails = createRoute({
  getParentRoute: () => logs,
  path: '/errors/$errorId',
  loader: texts('logs'),
  component: lazyRouteComponent(() => import('@/features/logs/ErrorPage'), 'ErrorPage'),
});

const jobs = createRoute({
  getParentRoute: () => app,
  path: '/jobs',
  beforeLoad: needs('staff', 'jobs:read'),
  validateSearch: readJobsSearch,
  loader: texts('jobs'),
  component: lazyRouteComponent(() => import('@/features/jobs/JobsPage'), 'JobsPage'),
});

const people = createRoute({
  getParentRoute: () => app,
  path: '/people',
  beforeLoad: needs('staff', 'users:read'),
  validateSearch: readPeopleSearch,
  loader: texts('people'),
  component: lazyRouteComponent(() => import('@/features/people/PeoplePage'), 'PeoplePage'),
});

const clients = createRoute({
  getParentRoute: () => app,
  path: '/clients',
  beforeLoad: needs('staff', 'automation:read'),
});

const clientList = createRoute({
  getParentRoute: () => clients,
  path: '/',
  validateSearch: readClientsSearch,
  loader: texts('automation', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/automation/ClientsPage'), 'ClientsPage'),
});

const clientDetails = createRoute({
  getParentRoute: () => clients,
  path: '/$clientId',
  validateSearch: readAutomationSearch,
  loader: texts('automation', 'invitations', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/automation/ClientPage'), 'ClientPage'),
});

const plans = createRoute({
  getParentRoute: () => app,
  path: '/plans',
  beforeLoad: needs('staff', 'plans:read'),
});

const planList = createRoute({
  getParentRoute: () => plans,
  path: '/',
  loader: texts('plans'),
  component: lazyRouteComponent(() => import('@/features/plans/PlansPage'), 'PlansPage'),
});

const planNew = createRoute({
  getParentRoute: () => plans,
  path: '/new',
  beforeLoad: needs('staff', 'plans:write'),
  loader: texts('plans'),
  component: lazyRouteComponent(() => import('@/features/plans/NewPlanPage'), 'NewPlanPage'),
});

const planEdit = createRoute({
  getParentRoute: () => plans,
  path: '/$planId',
  beforeLoad: needs('staff', 'plans:write'),
  loader: texts('plans'),
  component: lazyRouteComponent(() => import('@/features/plans/EditPlanPage'), 'EditPlanPage'),
});

const staff = createRoute({
  getParentRoute: () => app,
  path: '/staff',
  beforeLoad: needs('staff', 'staff:read'),
  validateSearch: readStaffSearch,
  loader: texts('people', 'roles', 'staff'),
  component: lazyRouteComponent(() => import('@/features/staff/StaffPage'), 'StaffPage'),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: '/audit',
  beforeLoad: needs(null, 'audit:read'),
  validateSearch: readAuditSearch,
  loader: texts('audit', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/audit/AuditPage'), 'AuditPage'),
});

const alerts = createRoute({
  getParentRoute: () => app,
  path: '/alerts',
  beforeLoad: needs(null, 'alerts:read'),
  validateSearch: readAlertsSearch,
  loader: texts('alerts'),
  component: lazyRouteComponent(() => import('@/features/alerts/AlertsPage'), 'AlertsPage'),
});

const platform = createRoute({
  getParentRoute: () => app,
  path: '/platform',
  beforeLoad: needs('staff', 'platform:read'),
  loader: texts('overview', 'platform'),
  component: lazyRouteComponent(() => import('@/features/platform/PlatformPage'), 'PlatformPage'),
});

const mails = createRoute({
  getParentRoute: () => app,
  path: '/mails',
  beforeLoad: needs('staff', 'platform:read'),
  validateSearch: readMailSearch,
  loader: texts('mails'),
  component: lazyRouteComponent(() => import('@/features/platform/mail/MailsPage'), 'MailsPage'),
});

const home = createRoute({
  getParentRoute: () => app,
  path: '/home',
  beforeLoad: needs('tenant'),
  loader: texts('activity', 'home', 'tenants', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/home/HomePage'), 'HomePage'),
});

const explorer = createRoute({
  getParentRoute: () => app,
  path: '/explorer',
  beforeLoad: needs('tenant', 'gateway:read'),
  validateSearch: readExplorerSearch,
  loader: texts('explorer'),
  component: lazyRouteComponent(() => import('@/features/explorer/ExplorerPage'), 'ExplorerPage'),
});

const activity = createRoute({
  getParentRoute: () => app,
  path: '/activity',
  beforeLoad: needs('tenant', 'usage:read'),
  validateSearch: readActivitySearch,
  loader: texts('activity', 'tenants', 'traffic'),
  component: lazyRouteComponent(() => import('@/features/activity/ActivityPage'), 'ActivityPage'),
});

const automation = createRoute({
  getParentRoute: () => app,
  path: '/automation',
  beforeLoad: needs('tenant', 'automation:read'),
  validateSearch: readAutomationSearch,
  loader: texts('automation', 'traffic'),
  component: lazyRouteComponent(
    () => import('@/features/automation/AutomationPage'),
    'AutomationPage',
  ),
});

const members = createRoute({
  getParentRoute: () => app,
  path: '/members',
  beforeLoad: needs('tenant', 'members:read'),
  validateSearch: readMemberSearch,
  loader: texts('invitations', 'members', 'people'),
  component: lazyRouteComponent(() => import('@/features/members/MembersPage'), 'MembersPage'),
});

const roles = createRoute({
  getParentRoute: () => app,
  path: '/roles',
  beforeLoad: needs('tenant', 'roles:read'),
  loader: texts('roles'),
  component: lazyRouteComponent(() => import('@/features/roles/RolesPage'), 'RolesPage'),
});

const apiKeys = createRoute({
  getParentRoute: () => app,
  path: '/api-keys',
  beforeLoad: needs('tenant', 'api_keys:read'),
  validateSearch: readKeySearch,
  loader: texts('apiKeys', 'roles'),
  component: lazyRouteComponent(() => import('@/features/api-keys/ApiKeysPage'), 'ApiKeysPage'),
});

const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  loader: texts('account'),
  component: lazyRouteComponent(() => import('@/features/account/AccountPage'), 'AccountPage'),
});

const missing = createRoute({
  getParentRoute: () => app,
  path: '$',
  component: NotFoundPage,
});

const tree = root.addChildren([
  door,
  app.addChildren([
    start,
    overview,
    analytics,
    logs.addChildren([usageLog, usageRequest, errorLog, errorDetails]),
    jobs,
    tenants.addChildren([tenantList, tenantNew, tenantDetails, tenantEdit]),
    people,
    clients.addChildren([clientList, clientDetails]),
    plans.addChildren([planList, planNew, planEdit]),
    staff,
    audit,
    alerts,
    mails,
    platform,
    home,
    explorer,
    activity,
    automation,
    members,
    roles,
    apiKeys,
    ...copied,
    account,
    missing,
  ]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree: tree,
    context,
    basepath: '/dashboard',
    trailingSlash: 'never',
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    scrollRestoration: true,
    defaultErrorComponent: PageProblem,
    defaultNotFoundComponent: NotFoundPage,
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}

/** The pages of connected systems, of their copies, and of the events they push. */
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';

import { readLakeSearch, readRecordsSearch } from '@/features/lake/search';
import { readConnectionView } from '@/features/sync/search';
import { readWebhookSearch } from '@/features/webhooks/search';

import { app } from './app';
import { needs } from './guards';
import { texts } from './texts';

const connections = createRoute({
  getParentRoute: () => app,
  path: '/connections',
  beforeLoad: needs('tenant'),
});

const connectionList = createRoute({
  getParentRoute: () => connections,
  path: '/',
  beforeLoad: needs('tenant', 'gateway:read'),
  loader: texts('connection', 'sync', 'tenants'),
  component: lazyRouteComponent(
    () => import('@/features/connection/ConnectionsPage'),
    'ConnectionsPage',
  ),
});

const connectionNew = createRoute({
  getParentRoute: () => connections,
  path: '/new',
  beforeLoad: needs('tenant', 'connections:write'),
  loader: texts('connection', 'tenants'),
  component: lazyRouteComponent(
    () => import('@/features/connection/NewConnectionPage'),
    'NewConnectionPage',
  ),
});

const connectionDetails = createRoute({
  getParentRoute: () => connections,
  path: '/$connectionId',
  beforeLoad: needs('tenant', 'connections:read'),
  validateSearch: readConnectionView,
  loader: texts('connection', 'sync', 'tenants'),
  component: lazyRouteComponent(
    () => import('@/features/connection/ConnectionPage'),
    'ConnectionPage',
  ),
});

const connectionRun = createRoute({
  getParentRoute: () => connections,
  path: '/$connectionId/runs/$runId',
  beforeLoad: needs('tenant', 'sync:read'),
  loader: texts('sync'),
  component: lazyRouteComponent(() => import('@/features/sync/RunPage'), 'RunPage'),
});

/** Where the one connection was before there were several. */
const connectionBefore = createRoute({
  getParentRoute: () => app,
  path: '/connection',
  beforeLoad: () => {
    throw redirect({ to: '/connections', replace: true });
  },
});

const webhooks = createRoute({
  getParentRoute: () => app,
  path: '/webhooks',
  beforeLoad: needs('tenant', 'webhooks:read'),
  validateSearch: readWebhookSearch,
  loader: texts('traffic', 'webhooks'),
  component: lazyRouteComponent(() => import('@/features/webhooks/WebhooksPage'), 'WebhooksPage'),
});

const lake = createRoute({
  getParentRoute: () => app,
  path: '/lake',
  beforeLoad: needs('tenant', 'lake:read'),
});

const lakeEntities = createRoute({
  getParentRoute: () => lake,
  path: '/',
  validateSearch: readLakeSearch,
  loader: texts('lake'),
  component: lazyRouteComponent(() => import('@/features/lake/LakePage'), 'LakePage'),
});

const lakeRecords = createRoute({
  getParentRoute: () => lake,
  path: '/$entity',
  validateSearch: readRecordsSearch,
  loader: texts('lake'),
  component: lazyRouteComponent(() => import('@/features/lake/RecordsPage'), 'RecordsPage'),
});

export const copied = [
  connections.addChildren([connectionList, connectionNew, connectionDetails, connectionRun]),
  connectionBefore,
  webhooks,
  lake.addChildren([lakeEntities, lakeRecords]),
] as const;

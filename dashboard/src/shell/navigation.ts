/** The pages people can go to, in the order of the menu. A new page is one entry here. */
import {
  ApartmentOutlined,
  ApiOutlined,
  AuditOutlined,
  BellOutlined,
  BugOutlined,
  CompassOutlined,
  CrownOutlined,
  DashboardOutlined,
  DatabaseOutlined,
  HomeOutlined,
  InboxOutlined,
  KeyOutlined,
  LineChartOutlined,
  MailOutlined,
  NodeIndexOutlined,
  ProfileOutlined,
  SafetyOutlined,
  ScheduleOutlined,
  SettingOutlined,
  TagsOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { LinkProps } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import { may } from '@/session/permissions';
import type { Me, Permission } from '@/session/permissions';
import type { Side } from '@/session/store';

import type shell from '@/i18n/locales/en/shell.json';

export interface Page {
  to: Extract<LinkProps['to'], string>;
  /** Its name, in the texts under `pages`. */
  name: keyof typeof shell.pages;
  icon: ComponentType;
  /** Who it is for; left out for everyone who is signed in. */
  side?: Side;
  permission?: Permission;
  /** Found by the search, but not in the menu. */
  unlisted?: true;
}

export const PAGES: readonly Page[] = [
  { to: '/home', name: 'home', icon: HomeOutlined, side: 'tenant' },
  {
    to: '/explorer',
    name: 'explorer',
    icon: CompassOutlined,
    side: 'tenant',
    permission: 'gateway:read',
  },
  {
    to: '/connections',
    name: 'connections',
    icon: ApiOutlined,
    side: 'tenant',
    permission: 'gateway:read',
  },
  { to: '/lake', name: 'lake', icon: DatabaseOutlined, side: 'tenant', permission: 'lake:read' },
  {
    to: '/webhooks',
    name: 'webhooks',
    icon: InboxOutlined,
    side: 'tenant',
    permission: 'webhooks:read',
  },
  {
    to: '/activity',
    name: 'activity',
    icon: LineChartOutlined,
    side: 'tenant',
    permission: 'usage:read',
  },
  {
    to: '/automation',
    name: 'automation',
    icon: NodeIndexOutlined,
    side: 'tenant',
    permission: 'automation:read',
  },
  {
    to: '/members',
    name: 'members',
    icon: TeamOutlined,
    side: 'tenant',
    permission: 'members:read',
  },
  { to: '/roles', name: 'roles', icon: SafetyOutlined, side: 'tenant', permission: 'roles:read' },
  {
    to: '/api-keys',
    name: 'apiKeys',
    icon: KeyOutlined,
    side: 'tenant',
    permission: 'api_keys:read',
  },
  {
    to: '/overview',
    name: 'overview',
    icon: DashboardOutlined,
    side: 'staff',
    permission: 'usage:read',
  },
  {
    to: '/tenants',
    name: 'tenants',
    icon: ApartmentOutlined,
    side: 'staff',
    permission: 'tenants:read',
  },
  {
    to: '/clients',
    name: 'automation',
    icon: NodeIndexOutlined,
    side: 'staff',
    permission: 'automation:read',
  },
  { to: '/plans', name: 'plans', icon: TagsOutlined, side: 'staff', permission: 'plans:read' },
  {
    to: '/analytics',
    name: 'analytics',
    icon: LineChartOutlined,
    side: 'staff',
    permission: 'usage:read',
  },
  {
    to: '/logs/usage',
    name: 'usageLog',
    icon: ProfileOutlined,
    side: 'staff',
    permission: 'logs:read',
  },
  {
    to: '/logs/errors',
    name: 'errorLog',
    icon: BugOutlined,
    side: 'staff',
    permission: 'logs:read',
  },
  { to: '/jobs', name: 'jobs', icon: ScheduleOutlined, side: 'staff', permission: 'jobs:read' },
  { to: '/people', name: 'people', icon: TeamOutlined, side: 'staff', permission: 'users:read' },
  { to: '/staff', name: 'staff', icon: CrownOutlined, side: 'staff', permission: 'staff:read' },
  { to: '/alerts', name: 'alerts', icon: BellOutlined, permission: 'alerts:read' },
  { to: '/audit', name: 'audit', icon: AuditOutlined, permission: 'audit:read' },
  { to: '/mails', name: 'mails', icon: MailOutlined, side: 'staff', permission: 'platform:read' },
  {
    to: '/platform',
    name: 'platform',
    icon: SettingOutlined,
    side: 'staff',
    permission: 'platform:read',
  },
  { to: '/account', name: 'account', icon: UserOutlined, unlisted: true },
];

/** The pages `me` may open. */
export function pagesOf(me: Me): readonly Page[] {
  const side: Side = me.kind === 'staff' ? 'staff' : 'tenant';
  const pages = PAGES.filter(
    (page) =>
      (page.side === undefined || page.side === side) &&
      (page.permission === undefined || may(me, page.permission)),
  );
  const listed = pages.filter(({ unlisted }) => unlisted !== true);
  const homeIsEmpty = !may(me, 'usage:read') && !may(me, 'connections:read');
  // a home that would only point to the one other page is none
  return homeIsEmpty && listed.length === 2 ? pages.filter(({ to }) => to !== '/home') : pages;
}

/** Where `me` begins: the first page of the menu, else their own account. */
export function firstPage(me: Me): Page['to'] {
  return pagesOf(me)[0]?.to ?? '/account';
}

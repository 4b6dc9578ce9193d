import account from './account.json';
import activity from './activity.json';
import alerts from './alerts.json';
import analytics from './analytics.json';
import apiKeys from './apiKeys.json';
import audit from './audit.json';
import automation from './automation.json';
import common from './common.json';
import connection from './connection.json';
import explorer from './explorer.json';
import home from './home.json';
import invitations from './invitations.json';
import jobs from './jobs.json';
import join from './join.json';
import lake from './lake.json';
import logs from './logs.json';
import mails from './mails.json';
import members from './members.json';
import overview from './overview.json';
import people from './people.json';
import plans from './plans.json';
import platform from './platform.json';
import problems from './problems.json';
import roles from './roles.json';
import shell from './shell.json';
import signIn from './signIn.json';
import staff from './staff.json';
import sync from './sync.json';
import tenants from './tenants.json';
import traffic from './traffic.json';
import webhooks from './webhooks.json';
import type { Texts } from '../en';

// plural forms differ between languages; src/i18n/texts.test.ts compares what must be equal
export default {
  account,
  activity,
  alerts,
  analytics,
  apiKeys,
  audit,
  automation,
  common,
  connection,
  explorer,
  home,
  invitations,
  jobs,
  join,
  lake,
  logs,
  mails,
  members,
  overview,
  people,
  plans,
  platform,
  problems,
  roles,
  shell,
  signIn,
  staff,
  sync,
  tenants,
  traffic,
  webhooks,
} as unknown as Texts;

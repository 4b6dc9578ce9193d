import account from './account.json';
import analytics from './analytics.json';
import common from './common.json';
import jobs from './jobs.json';
import logs from './logs.json';
import overview from './overview.json';
import people from './people.json';
import problems from './problems.json';
import shell from './shell.json';
import signIn from './signIn.json';
import tenants from './tenants.json';
import traffic from './traffic.json';
import type { Texts } from '../en';

// plural forms differ between languages; src/i18n/texts.test.ts compares what must be equal
export default {
  account,
  analytics,
  common,
  jobs,
  logs,
  overview,
  people,
  problems,
  shell,
  signIn,
  tenants,
  traffic,
} as unknown as Texts;

import account from './account.json';
import common from './common.json';
import people from './people.json';
import problems from './problems.json';
import shell from './shell.json';
import signIn from './signIn.json';
import tenants from './tenants.json';
import type { Texts } from '../en';

// plural forms differ between languages; src/i18n/texts.test.ts compares what must be equal
export default { account, common, people, problems, shell, signIn, tenants } as unknown as Texts;

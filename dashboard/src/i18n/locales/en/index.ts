import account from './account.json';
import common from './common.json';
import people from './people.json';
import problems from './problems.json';
import shell from './shell.json';
import signIn from './signIn.json';
import tenants from './tenants.json';


const texts = { account, common, people, problems, shell, signIn, tenants };

export type Texts = typeof texts;
export default texts;

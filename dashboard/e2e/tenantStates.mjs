/**
 * Pages of a tenant as they are when something is wrong, under way, or not there yet, and the doors
 * that take a link of a mail or a second step. Each answers its pages and how to leave nothing behind.
 */
import { STAFF_LOGIN, TENANT_LOGIN, succeeding, until } from './api.mjs';
import { oneTimeCode } from './oneTimeCode.mjs';
import { opening, settled } from './pages.mjs';
import { troubledCopy } from './troubledCopy.mjs';

export const PASSWORD = 'a password of my own 42';
const FIRST_PASSWORD = 'handed over in person 17';

/** What the owner of the demo tenant is shown of a copy in trouble, and of a run under way. */
export async function troubledPages(setup) {
  const copy = await troubledCopy(setup);
  const at = `/connections/${copy.connection}`;
  const slowly = (act) => async (shown) => {
    // a second a call: long enough to be looked at
    await copy.odoo.control('POST', '/faults', { kind: 'latency', seconds: 1 });
    const { id } = await copy.call('POST', `/api/v1/integrations/${copy.connection}/sync/trigger`, {
      full: true,
    });
    try {
      await until(async () => {
        const { status } = await copy.call('GET', `/api/v1/integrations/sync/${id}`);
        return status === 'running';
      }, 'the run is under way');
      await act(shown, id);
      await settled(shown);
    } finally {
      await copy.odoo.control('DELETE', '/faults');
    }
  };
  const pages = [
    ['troubled-home', '/home'],
    ['troubled-connections', '/connections'],
    ['troubled-state', at],
    ['troubled-models', `${at}?tab=models`],
    ['troubled-runs', `${at}?tab=runs`],
    ['troubled-waiting', `${at}?tab=waiting`],
    ['troubled-refuse', `${at}?tab=waiting`, opening('#content section h3 ~ * button')],
    ['troubled-confirm', `${at}?tab=waiting`, opening('#content section h3 ~ * button', 1)],
    ['troubled-parity', `${at}?tab=parity&report=${copy.report}`],
    [
      'troubled-sides',
      `${at}?tab=parity&report=${copy.report}&entity=res.partner`,
      opening('[role=tabpanel] section:nth-of-type(3) tbody button'),
    ],
    ['troubled-alerts', '/alerts'],
    ['troubled-dead', '/webhooks?tab=dead'],
    ['troubled-event', `/webhooks?tab=dead&event=${copy.keys.dead}`],
    [
      'troubled-discard',
      '/webhooks?tab=dead',
      opening('[role=tabpanel] button.ant-btn-dangerous'),
    ],
    ['running-state', at, slowly(async (shown) => shown.reload())],
    [
      'running-run',
      at,
      slowly((shown, id) => shown.goto(new URL(`/dashboard${at}/runs/${id}`, shown.url()).href)),
    ],
  ];
  return { pages, end: copy.remove };
}

/** What the owner of a company that has nothing yet is shown. Answers who that is, too. */
export async function emptyPages({ base, options }) {
  const staff = await succeeding(base, STAFF_LOGIN, options.staff, options['new-password']);
  const mark = Date.now().toString(36);
  const person = { email: `first-${mark}@empty.example`, password: PASSWORD };
  const { id } = await staff('POST', '/api/v1/clients', { name: `Empty ${mark}` });
  const link = await invited(staff, `/api/v1/auth/invitations`, {
    email: person.email,
    role: 'owner',
    tenant_id: id,
  });
  await accepted(base, link, 'Elif Empty');
  return {
    person,
    pages: [
      'home',
      'explorer',
      'connections',
      'lake',
      'webhooks',
      'webhooks?tab=dead',
      'webhooks?tab=senders',
      'activity',
      'activity?tab=requests',
      'activity?tab=days',
      'automation',
      'automation?tab=executions',
      'members',
      'members?tab=invitations',
      'api-keys',
      'alerts',
      'audit',
    ].map((path) => [`empty-${path.replace('?tab=', '-')}`, `/${path}`]),
    end: async () => {
      await staff('DELETE', `/api/v1/clients/${id}`);
    },
  };
}

/** Doors that open with a link of a mail, a first password or a second factor. */
export async function doorPages({ base, options }) {
  const staff = await succeeding(base, STAFF_LOGIN, options.staff, options['new-password']);
  const owner = await succeeding(base, TENANT_LOGIN, options.member, options['member-password']);
  const mark = Date.now().toString(36);
  const guarded = { email: `guarded-${mark}@acme.example`, password: PASSWORD };
  const fresh = { email: `fresh-${mark}@acme.example`, password: FIRST_PASSWORD };
  const asked = { role: 'client' };
  const waiting = await invited(staff, '/api/v1/auth/invitations', {
    ...asked,
    email: `waiting-${mark}@acme.example`,
  }, owner);
  const used = await invited(staff, '/api/v1/auth/invitations', { ...asked, email: guarded.email }, owner);
  await accepted(base, used, 'Gus Guarded');
  const { id: added } = await owner('POST', '/api/v1/members', {
    email: fresh.email,
    full_name: 'Fran Fresh',
    role: 'user',
    password: FIRST_PASSWORD,
  });
  const own = await succeeding(base, TENANT_LOGIN, guarded.email, PASSWORD);
  const { secret } = await own('POST', '/api/v1/auth/totp/enrol', { password: PASSWORD });
  await own('POST', '/api/v1/auth/totp/confirm', { code: oneTimeCode(secret) });
  const enter = ({ email, password }) => async (shown) => {
    await shown.locator('input[type=email]').fill(email);
    await shown.locator('input[type=password]').fill(password);
    await shown.locator('button[type=submit]').click();
    await shown.locator('input[type=email]').waitFor({ state: 'detached' });
    await settled(shown);
  };
  return {
    pages: [
      ['join', waiting],
      [
        'join-mistaken',
        waiting,
        async (shown) => {
          const [first, again] = await shown.locator('input[type=password]').all();
          await first.fill('short');
          await again.fill('other');
          await shown.locator('button[type=submit]').click();
          await shown.locator('[role=alert]').first().waitFor();
        },
      ],
      ['join-used', used],
      ['second-step', '/sign-in', enter(guarded)],
      // the last: it leaves somebody signed in
      ['new-password', '/sign-in', enter(fresh)],
    ],
    end: async () => {
      const { items } = await owner('GET', `/api/v1/members?search=${guarded.email}`);
      await owner('DELETE', `/api/v1/members/${added}`);
      await owner('DELETE', `/api/v1/members/${items[0].id}`);
    },
  };
}

/** Invites and reads the captured mail. Answers the path of its link inside the app. */
async function invited(staff, path, body, inviter = staff) {
  await inviter('POST', path, body);
  const mail = await until(async () => {
    const { items } = await staff('GET', '/admin/mails?limit=50');
    return items.find(({ recipient }) => recipient === body.email);
  }, `the mail to ${body.email}`);
  const { text } = await staff('GET', `/admin/mails/${mail.id}`);
  return /\/dashboard(\/join#token=[\w-]+)/.exec(text)[1];
}

async function accepted(base, link, name) {
  const response = await fetch(`${base}/api/v1/auth/invitations/accept`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: link.split('token=')[1], full_name: name, password: PASSWORD }),
  });
  if (!response.ok) {
    throw new Error(await response.text());
  }
}

/**
 * The pages outside and those of a tenant, by name, and where they are. `staffPages.mjs` has those of
 * staff, `tenantStates.mjs` what has to be brought about before it can be seen.
 */

export const OUTSIDE = [
  ['sign-in', '/sign-in'],
  [
    'sign-in-refused',
    '/sign-in',
    async (shown) => {
      await shown.locator('input[type=email]').fill('nobody@acme.example');
      await shown.locator('input[type=password]').fill('not the password');
      await submit(shown);
    },
  ],
  ['forgot-password', '/forgot-password'],
  [
    'forgot-password-sent',
    '/forgot-password',
    async (shown) => {
      await shown.locator('input[type=email]').fill('nobody@acme.example');
      await shown.locator('button[type=submit]').click();
      await shown.locator('form').waitFor({ state: 'detached' });
    },
  ],
  ['reset-password', '/reset-password#token=none'],
  [
    'reset-password-refused',
    '/reset-password#token=none',
    async (shown) => {
      for (const field of await shown.locator('input[type=password]').all()) {
        await field.fill('a password of my own');
      }
      await submit(shown);
    },
  ],
  ['join-unknown', '/join#token=none'],
  ['register', '/register'],
  [
    'register-short',
    '/register',
    async (shown) => {
      await shown.locator('input[type=password]').first().fill('short');
      await shown.locator('button[type=submit]').click();
      await shown.locator('[role=alert]').first().waitFor();
    },
  ],
  ['verify', '/verify#token=none'],
  ['verify-refused', '/verify#token=none', submit],
  ['microsoft-refused', '/sign-in/microsoft?error=access_denied'],
];

async function submit(shown) {
  await shown.locator('button[type=submit]').click();
  await shown.locator('[role=alert]').first().waitFor();
}

/** Opens a dialog with the button at `at` among those that `selector` finds; -1 is the last. */
export function opening(selector, at = 0) {
  return async (shown) => {
    await shown.locator(selector).nth(at).click();
    await shown.locator('dialog[open]').waitFor();
    await settled(shown);
  };
}

const HEAD = '#content header button';
const SECTION_HEAD = '#content section > div:first-child button';
const ROW = 'tbody tr button';

const FILTER = encodeURIComponent(
  JSON.stringify([['name', 'ilike', 'a'], '|', ['active', '=', true], ['country_id', 'in', [57]]]),
);

/** What the owner of a tenant is shown. */
export const COMPANY = [
  ['home', '/home'],
  ['explorer-begin', '/explorer'],
  ['explorer', '/explorer?model=res.partner'],
  ['explorer-filter', `/explorer?model=res.partner&domain=${FILTER}`],
  ['explorer-closed', '/explorer?model=ir.config_parameter'],
  [
    'record',
    '/explorer?model=res.partner&record=1',
    (shown) => shown.locator('dialog dd').first().waitFor(),
  ],
  [
    'record-edit',
    '/explorer?model=sale.order&record=1',
    async (shown) => {
      await shown.locator('dialog dd').first().waitFor();
      await shown.locator('dialog button').first().click();
      await shown.locator('dialog input').first().waitFor();
    },
  ],
  [
    'record-delete',
    '/explorer?model=res.partner&record=1',
    async (shown) => {
      await shown.locator('dialog dd').first().waitFor();
      await shown.locator('dialog button').nth(1).click();
      await shown.locator('dialog input').last().waitFor();
    },
  ],
  [
    'explorer-written',
    `/explorer?model=res.partner&domain=${FILTER}`,
    async (shown) => {
      await shown.locator('#content form button').last().click();
      await shown.locator('textarea').fill('[["name", "=", ');
    },
  ],
  [
    'explorer-none',
    `/explorer?model=res.partner&domain=${encodeURIComponent('[["name","=","nobody is called so"]]')}`,
  ],
  ['explorer-missing', '/explorer?model=res.partner&record=999999'],
  ...[
    ['record-new', 0],
    ['explorer-columns', 2],
    ['explorer-call', 3],
  ].map(([name, at]) => [name, '/explorer?model=res.partner', opening(SECTION_HEAD, at)]),
  ['activity-errors', '/activity'],
  ['activity-errors-none', '/activity?search=nothing-is-called-so'],
  ['activity-requests', '/activity?tab=requests'],
  ['activity-days', '/activity?tab=days'],
  ['automation', '/automation'],
  ['automation-hours', '/automation?span=24h'],
  ['automation-weeks', '/automation?span=90d&by=week'],
  ['automation-none', '/automation?runs=manual&from=2020-01-01&to=2020-01-02'],
  ['executions', '/automation?tab=executions'],
  [
    'execution',
    '/automation?tab=executions&outcome=failed',
    (shown) => shown.locator('tbody button').first().click(),
  ],
  ['alerts', '/alerts'],
  ['alerts-none', '/alerts?status=ended'],
  ['alert-rules', '/alerts?tab=rules'],
  [
    'alert-rule',
    '/alerts?tab=rules',
    (shown) => shown.locator('tbody button').first().click(),
  ],
  ['alert-rule-remove', '/alerts?tab=rules', opening(ROW, 1)],
  ['alert-mute', '/alerts', opening(ROW, -1)],
  [
    'notifications',
    '/home',
    async (shown) => {
      await shown.locator('header button[popovertarget]').first().click();
      await settled(shown);
    },
  ],
  ['person', '/home', (shown) => shown.locator('header button[popovertarget]').last().click()],
  [
    'menu',
    '/home',
    async (shown) => {
      const open = shown.locator('header button').first();
      if ((await shown.viewportSize()).width < 600) {
        await open.click();
      }
    },
  ],
  [
    'search-own',
    '/home',
    async (shown) => {
      await shown.keyboard.press('Control+k');
      await shown.keyboard.type('a');
      await shown.locator('dialog[open] [role=option]').first().waitFor();
    },
  ],
  ['members', '/members'],
  ['members-none', '/members?search=nobody-is-called-so'],
  ['member-new', '/members', opening(HEAD)],
  ['member-invite', '/members', opening(HEAD, 1)],
  ['member-sessions', '/members', opening(ROW)],
  ['member-edit', '/members', opening('tbody tr:nth-child(2) button', 1)],
  ['member-remove', '/members', opening('tbody tr:nth-child(2) button', 2)],
  ['invitations', '/members?tab=invitations'],
  ['roles', '/roles'],
  ['role-new', '/roles', opening(HEAD)],
  ['api-keys', '/api-keys'],
  ['api-keys-all', '/api-keys?shown=all'],
  ['api-key-new', '/api-keys', opening(HEAD)],
  ['connections', '/connections'],
  ['connection-new', '/connections/new'],
  [
    'connection-new-n8n',
    '/connections/new',
    (shown) => shown.locator('input[type=radio]').last().check(),
  ],
  [
    'connection-new-refused',
    '/connections/new',
    async (shown) => {
      const [, url, database, login] = await shown.locator('#content form input').all();
      await url.fill('https://127.0.0.1:1');
      await database.fill('none');
      await login.fill('nobody');
      await shown.locator('#content form input[type=password]').fill('none');
      await shown.locator('#content button[type=submit]').click();
      await shown.locator('#content form').locator('[role=alert], [role=status]').first().waitFor();
      await shown.evaluate('window.scrollTo(0, 0)');
    },
  ],
  [
    'connection-remove',
    '/connections',
    async (shown) => {
      await openConnection(shown, 'settings');
      await opening('#content section:last-child button')(shown);
    },
  ],
  [
    'connection-fields',
    '/connections',
    async (shown) => {
      await openConnection(shown, 'models');
      await opening('[data-on=true] button')(shown);
    },
  ],
  [
    'run',
    '/connections',
    async (shown) => {
      await openConnection(shown, 'runs');
      await shown.locator('tbody a').first().click();
      await shown.waitForURL(/runs\//);
      await settled(shown);
    },
  ],
  ...['state', 'models', 'runs', 'waiting', 'parity', 'settings'].map((tab) => [
    `connection-${tab}`,
    '/connections',
    (shown) => openConnection(shown, tab),
  ]),
  ['lake', '/lake'],
  ['lake-changes', '/lake?tab=changes'],
  ['lake-records', '/lake/res.partner'],
  [
    'lake-record',
    '/lake/res.partner?record=1',
    (shown) => shown.locator('dialog dd').first().waitFor(),
  ],
  ['lake-none', `/lake/account?filter=${encodeURIComponent('["name:eq:nobody"]')}`],
  ['webhooks', '/webhooks'],
  ['webhooks-none', '/webhooks?model=no.such.model'],
  ['webhooks-dead', '/webhooks?tab=dead'],
  ['webhooks-senders', '/webhooks?tab=senders'],
  ['webhooks-event', '/webhooks', opening(ROW)],
  [
    'webhooks-secret',
    '/webhooks?tab=senders',
    opening('[role=tabpanel] section:nth-of-type(2) > div:first-child button'),
  ],
  ['own-audit', '/audit'],
  ['own-audit-none', '/audit?search=nothing.is-called-so'],
  ['own-audit-entry', '/audit', opening(ROW)],
  ['own-account', '/account'],
  ['second-factor', '/account', opening('#content section:nth-of-type(4) button')],
  ['not-allowed', '/tenants'],
  ['missing-own', '/nowhere'],
];

/** Everything `page` shows is there. The network itself never rests: news come over it. */
export async function settled(page) {
  await page.locator('h1, main p').first().waitFor();
  await page.waitForTimeout(300);
  await page.waitForFunction(
    () => document.querySelector('[class*="skeleton"], [aria-busy="true"]') === null,
  );
}

/** A part of the first connection in the list. */
async function openConnection(page, tab) {
  await page.locator('tbody a').first().click();
  await page.waitForURL(/connections\/[0-9a-f-]{36}/);
  if (tab !== 'state') {
    await page.goto(`${page.url()}?tab=${tab}`);
  }
  await settled(page);
}

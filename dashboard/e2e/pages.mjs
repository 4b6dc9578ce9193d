/** Every page of the app, by name, and where it is. */

export const OUTSIDE = [
  ['sign-in', '/sign-in'],
  ['forgot-password', '/forgot-password'],
  ['reset-password', '/reset-password?token=none'],
  ['join-unknown', '/join#token=none'],
  ['register', '/register'],
  ['verify', '/verify#token=none'],
  ['microsoft-refused', '/sign-in/microsoft?error=access_denied'],
];

/** What staff are shown. `page` is signed in as staff and finds the demo tenant. */
export async function staffPages(page, base) {
  await page.goto(`${base}/dashboard/tenants?search=acme&sort=name`);
  const href = await page.locator('tbody a').first().getAttribute('href');
  const acme = href.replace('/dashboard', '');
  return [
    ['overview', '/overview'],
    ['analytics', '/analytics?compare=true'],
    ['analytics-none', '/analytics?model=no.such.model'],
    ['usage-log', '/logs/usage'],
    ['request-none', '/logs/usage/no-request-has-this-id-0'],
    ['error-log', '/logs/errors?state=all'],
    ['error-log-none', '/logs/errors?search=nothing-is-called-so'],
    ['jobs', '/jobs'],
    ['schedule', '/jobs?tab=schedule'],
    ['tenants', '/tenants'],
    ['tenants-none', '/tenants?search=nobody-is-called-so'],
    ['tenant', acme],
    ...['errors', 'requests', 'people', 'connections', 'audit'].map((tab) => [
      `tenant-${tab}`,
      `${acme}?tab=${tab}`,
    ]),
    ['tenant-new', '/tenants/new'],
    ['tenant-edit', `${acme}/edit`],
    ['clients', '/clients'],
    ...(await clientPages(page, base)),
    ['people', '/people'],
    ['plans', '/plans'],
    ['plan-new', '/plans/new'],
    ['staff', '/staff'],
    ['audit', '/audit'],
    ['audit-none', '/audit?search=nothing.is-called-so'],
    ['alerts-staff', '/alerts'],
    ['alert-rules-staff', '/alerts?tab=rules'],
    ['mails', '/mails'],
    ['platform', '/platform'],
    ['account', '/account'],
    ['missing', '/nowhere'],
    ['search', '/tenants', (shown) => shown.keyboard.press('Control+k')],
    [
      'suspend',
      acme,
      (shown) => shown.locator('header button:not([class*=dangerous])').last().click(),
    ],
    ['delete', acme, (shown) => shown.locator('#content header button').last().click()],
  ];
}

/** The automations of the demo tenant, as the agency sees them. */
async function clientPages(page, base) {
  await page.goto(`${base}/dashboard/clients?search=acme`);
  const href = await page.locator('tbody a').first().getAttribute('href');
  const client = href.replace('/dashboard', '');
  return [
    ['client', client],
    ...['executions', 'servers', 'people'].map((tab) => [`client-${tab}`, `${client}?tab=${tab}`]),
    [
      'client-n8n',
      `${client}?tab=servers`,
      (shown) => shown.locator('tbody button').first().click(),
    ],
    ['client-savings', client, (shown) => shown.locator('tbody button').first().click()],
    ['client-new', '/clients', (shown) => shown.locator('#content header button').last().click()],
  ];
}

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
  ['activity-errors', '/activity'],
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
  [
    'notifications',
    '/home',
    (shown) => shown.locator('header button[popovertarget]').first().click(),
  ],
  ['members', '/members'],
  ['member-new', '/members', (shown) => shown.locator('#content header button').first().click()],
  ['roles', '/roles'],
  ['role-new', '/roles', (shown) => shown.locator('#content header button').click()],
  ['api-keys', '/api-keys'],
  ['api-key-new', '/api-keys', (shown) => shown.locator('#content header button').click()],
  ['connections', '/connections'],
  ['connection-new', '/connections/new'],
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
  ['webhooks-dead', '/webhooks?tab=dead'],
  ['webhooks-senders', '/webhooks?tab=senders'],
  ['own-audit', '/audit'],
  ['own-account', '/account'],
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

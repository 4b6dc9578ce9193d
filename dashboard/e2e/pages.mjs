/** The pages outside and those of a tenant, by name, and where they are. `staffPages.mjs` has the rest. */

export const OUTSIDE = [
  ['sign-in', '/sign-in'],
  ['forgot-password', '/forgot-password'],
  ['reset-password', '/reset-password?token=none'],
  ['join-unknown', '/join#token=none'],
  ['register', '/register'],
  ['verify', '/verify#token=none'],
  ['microsoft-refused', '/sign-in/microsoft?error=access_denied'],
];

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

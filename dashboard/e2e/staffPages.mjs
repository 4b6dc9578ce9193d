/** Every page of staff and what opens on it, by name, and where it is. */

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

/** Every page of staff and what opens on it, by name, and where it is. */
import { STAFF_LOGIN, succeeding } from './api.mjs';
import { oneTimeCode } from './oneTimeCode.mjs';
import { prepareStaffData } from './staffData.mjs';

const FIRST_PASSWORD = 'handed over in person 17';
const OWN_PASSWORD = 'known to me alone 42';

/** What opens at a click of the nth button or link that `selector` finds; -1 is the last. */
function click(selector, at = 0) {
  return async (page) => {
    await page.locator(selector).nth(at).click();
    await page.locator('dialog[open], [popover]:popover-open').first().waitFor();
    await page
      .locator('dialog[open] [class*="skeleton"], [popover]:popover-open [class*="skeleton"]')
      .first()
      .waitFor({ state: 'detached' });
  };
}

/** What a form says that was sent as it is. */
async function sendForm(page) {
  await page.locator('#content button[type=submit]').last().click();
  await page.locator('[aria-invalid=true]').first().waitFor();
}

/** The last alert of the list, told of no more. */
async function mute(page) {
  await click(ROW, -1)(page);
  await page.locator('dialog[open] button[type=submit]').click();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.locator(MUTED_UNTIL).waitFor();
}

/** And told of again. */
async function unmute(page) {
  await page.locator(ROW).last().click();
  await page.locator(MUTED_UNTIL).waitFor({ state: 'detached' });
}

function find(words) {
  return async (page) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await page.locator('dialog[open] [aria-busy=true]').waitFor({ state: 'detached' });
    await page.waitForTimeout(700);
  };
}

const HEAD = '#content header button';
const ROW = '#content tbody button';
/** The time that stands beside the last alert's name. */
const MUTED_UNTIL = '#content tbody tr:last-child td:first-child time';
/** Where on the account's page the second factor is. */
const FACTOR_SECTION = 3;

/** What staff are shown. `page` is signed in as staff. */
export async function staffPages(page, setup) {
  const { acme, trial, suspended, deleted, client, plan, correlation, open, settled } =
    await prepareStaffData(setup);
  return [
    ['overview', '/overview'],
    ['overview-bell', '/overview', click('header button[popovertarget]')],
    ['overview-person', '/overview', click('header button[popovertarget]', -1)],
    ['analytics', '/analytics?compare=true'],
    ['analytics-hours', '/analytics?span=24h'],
    ['analytics-none', '/analytics?model=no.such.model.at.all'],
    ['usage-log', '/logs/usage'],
    ['usage-log-none', '/logs/usage?search=nothing-is-called-so'],
    ['request', `/logs/usage/${correlation}`],
    ['request-none', '/logs/usage/no-request-has-this-id-0'],
    ['error-log', '/logs/errors?state=all'],
    ['error-log-none', '/logs/errors?search=nothing-is-called-so'],
    ['error', open],
    ['error-resolve', open, click(HEAD, -1)],
    ['error-settled', settled],
    ['error-reopen', settled, click(HEAD, -1)],
    ['jobs', '/jobs'],
    ['jobs-failed', '/jobs?status=failed'],
    ['jobs-none', '/jobs?search=nothing-is-called-so'],
    ['schedule', '/jobs?tab=schedule'],
    ['tenants', '/tenants'],
    ['tenants-none', '/tenants?search=nobody-is-called-so'],
    ['tenant', acme],
    ...['errors', 'requests', 'people', 'connections', 'audit'].map((tab) => [
      `tenant-${tab}`,
      `${acme}?tab=${tab}`,
    ]),
    ['tenant-trial', trial],
    ['tenant-suspended', suspended],
    ['tenant-deleted', deleted],
    ...['errors', 'requests', 'people', 'connections'].map((tab) => [
      `tenant-${tab}-none`,
      `${trial}?tab=${tab}`,
    ]),
    ['tenant-invite', `${acme}?tab=people`, click('#content section button')],
    ['tenant-new', '/tenants/new'],
    ['tenant-new-wrong', '/tenants/new', sendForm],
    ['tenant-edit', `${acme}/edit`],
    ['tenant-suspend', acme, click(`${HEAD}:not([class*=dangerous])`, -1)],
    ['tenant-activate', suspended, click(`${HEAD}:not([class*=dangerous])`, -1)],
    ['tenant-restore', deleted, click(HEAD, -1)],
    ['tenant-delete', acme, click(HEAD, -1)],
    ['clients', '/clients'],
    ['clients-none', '/clients?search=nobody-is-called-so'],
    ['client-new', '/clients', click(HEAD, -1)],
    ['client', client],
    ...['executions', 'servers', 'people'].map((tab) => [`client-${tab}`, `${client}?tab=${tab}`]),
    ['client-unconnected', trial.replace('/tenants/', '/clients/')],
    ['client-execution', `${client}?tab=executions&outcome=failed`, click(ROW)],
    ['client-n8n', `${client}?tab=servers`, click(ROW)],
    ['client-n8n-tested', `${client}?tab=servers`, click(ROW, 1)],
    ['client-n8n-remove', `${client}?tab=servers`, click(ROW, -1)],
    ['client-edit', client, click(HEAD, 1)],
    ['client-delete', client, click(HEAD, 2)],
    ['client-savings', client, click(ROW)],
    ['client-invite', `${client}?tab=people`, click(HEAD)],
    ['people', '/people'],
    ['people-none', '/people?search=nobody-is-called-so'],
    ['plans', '/plans'],
    ['plan-new', '/plans/new'],
    ['plan-new-wrong', '/plans/new', sendForm],
    ['plan-edit', plan],
    ['staff', '/staff'],
    ['staff-none', '/staff?search=nobody-is-called-so'],
    ['staff-new', '/staff', click(HEAD)],
    ['staff-edit', '/staff?search=support', click(`${ROW}:not(:disabled)`)],
    ['staff-remove', '/staff?search=support', click(`${ROW}:not(:disabled)`, -1)],
    ['audit', '/audit'],
    ['audit-entry', '/audit', click(ROW)],
    ['audit-none', '/audit?search=nothing.is-called-so'],
    ['alerts-staff', '/alerts'],
    ['alerts-staff-ended', '/alerts?status=ended'],
    ['staff-alert-mute', '/alerts', click(ROW, -1)],
    ['staff-alert-muted', '/alerts', mute],
    ['staff-alert-unmuted', '/alerts', unmute],
    ['alert-rules-staff', '/alerts?tab=rules'],
    ['staff-rule-new', '/alerts?tab=rules', click('#content div > button:not([role=tab])')],
    ['staff-rule-edit', '/alerts?tab=rules', click(ROW)],
    ['staff-rule-remove', '/alerts?tab=rules', click(ROW, 1)],
    ['mails', '/mails'],
    ['mails-none', '/mails?search=nobody-is-called-so'],
    ['mail', '/mails', click(ROW)],
    ['platform', '/platform'],
    ['staff-account', '/account'],
    ['missing', '/nowhere'],
    ['search', '/tenants', (shown) => shown.keyboard.press('Control+k')],
    ['search-found', '/tenants', find('acme')],
    ['search-none', '/tenants', find('nobody-is-called-so')],
    ...(page.viewportSize().width < 900
      ? [['staff-menu', '/overview', (shown) => shown.locator('header button').first().click()]]
      : []),
  ];
}

/**
 * What a new colleague is shown, from the first sign-in to a second factor. Each page goes on where
 * the one before ended.
 */
export async function colleaguePages(page, { base, options }) {
  const staff = await succeeding(base, STAFF_LOGIN, options.staff, options['new-password']);
  const email = `colleague-${Date.now().toString(36)}@bridgecore.example`;
  await staff('POST', '/admin/staff', {
    email,
    full_name: 'New Colleague',
    role: 'support',
    password: FIRST_PASSWORD,
  });
  const dialog = page.locator('dialog[open]');
  const factor = page.locator('#content section').nth(FACTOR_SECTION);
  let secret = '';

  const signIn = async (password) => {
    await page.locator('input[type=email]').fill(email);
    await page.locator('input[type=password]').fill(password);
    await page.locator('button[type=submit]').click();
  };
  const factorButton = (at) => factor.locator('button').nth(at).click();
  const startFactor = async () => {
    await factorButton(0);
    await dialog.locator('input[type=password]').fill(OWN_PASSWORD);
    await dialog.locator('button[type=submit]').click();
    await dialog.locator('svg, canvas, img').first().waitFor();
    secret = (await dialog.locator('pre').first().innerText()).replaceAll(/\s/g, '');
  };
  return [
    [
      'sign-in-wrong',
      '/sign-in',
      async () => {
        await signIn('not the password');
        await page.locator('[role=alert]').waitFor();
      },
    ],
    [
      'new-password',
      '/sign-in',
      async () => {
        await signIn(FIRST_PASSWORD);
        await page.locator('input[type=password]').nth(2).waitFor();
      },
    ],
    [
      'staff-first-page',
      '/new-password',
      async () => {
        const [current, next, again] = await page.locator('input[type=password]').all();
        await current.fill(FIRST_PASSWORD);
        await next.fill(OWN_PASSWORD);
        await again.fill(OWN_PASSWORD);
        await page.locator('button[type=submit]').click();
        await page.locator('#content h1').waitFor();
      },
    ],
    ['not-allowed', '/plans/new'],
    ['factor-password', '/account', () => factorButton(0)],
    ['factor-key', '/account', startFactor],
    [
      'factor-codes',
      '/account',
      async () => {
        await startFactor();
        await dialog.locator('input').fill(oneTimeCode(secret));
        await dialog.locator('button[type=submit]').click();
        await dialog.locator('input').waitFor({ state: 'detached' });
      },
    ],
    ['factor-on', '/account'],
    ['factor-renew', '/account', () => factorButton(0)],
    ['factor-end', '/account', () => factorButton(1)],
    [
      'sign-in-code',
      '/account',
      async () => {
        await page.locator('header button[popovertarget]').last().click();
        await page.locator('[popover]:popover-open button').last().click();
        await page.locator('input[type=email]').waitFor();
        await signIn(OWN_PASSWORD);
        await page.locator('input[inputmode=numeric], input[autocomplete=one-time-code]').waitFor();
      },
    ],
  ];
}

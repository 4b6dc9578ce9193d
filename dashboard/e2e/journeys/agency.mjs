/**
 * An agency from its first day to the first figures, on a platform of its own with a mail server:
 * a client is made and invited, reads the mail, comes in by its link, its n8n is connected, and
 * both see what n8n itself says. Needs no platform that runs already.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { STAFF_LOGIN, TENANT_LOGIN, succeeding } from '../api.mjs';
import { visitor } from '../browser.mjs';
import { startMailServer } from '../mailServer.mjs';
import { startPlatform } from '../ownPlatform.mjs';
import { signInAsStaff } from '../signIn.mjs';
import { startN8n } from '../simulatedN8n.mjs';

const SENDER = 'Northwind Automation <hello@agency.example>';
const CLIENT = 'Lindenhof Bakery';
const EMAIL = 'anna@lindenhof.example';
const PASSWORD = 'a password of my own';
const KEY = 'n8n_api_of_the_bakery';
/** A page fills by itself within a round of reading or two. */
const READ = { timeout: 120_000 };

export async function agency(setup) {
  const { options, out } = setup;
  const running = [];
  const started = async (starting) => {
    const one = await starting;
    running.push(one);
    return one;
  };
  try {
    const mails = await started(startMailServer(options.python));
    const n8n = await started(startN8n(options.python, KEY));
    const { base } = await started(
      startPlatform(
        options.python,
        {
          OUTBOUND_ALLOW: '127.0.0.1',
          SMTP_HOST: '127.0.0.1',
          SMTP_PORT: String(mails.port),
          SMTP_STARTTLS: 'false',
          MAIL_FROM: SENDER,
        },
        join(out, 'agency-platform.log'),
      ),
    );
    await flow({ ...setup, base }, mails, n8n);
  } finally {
    for (const one of running.reverse()) {
      await one.stop();
    }
  }
}

async function flow(setup, mails, n8n) {
  const { browser, base, out, check } = setup;
  const staff = await visitor(browser, base);
  // reads Russian, as the invitation says
  const person = await visitor(browser, base, { language: 'ru' });
  const dialog = staff.page.locator('dialog[open]');
  const photograph = (page, step) =>
    page.screenshot({ path: join(out, `agency-${step}.png`), fullPage: true });
  let address = '';
  let link = '';

  await check('the first of the staff gives themselves a password, and makes a client', async () => {
    const { page } = staff;
    await signInAsStaff(page, setup, '/clients');
    await page.goto(`${base}/dashboard/clients`);
    await page.getByRole('button', { name: 'New client' }).first().click();
    await dialog.getByLabel('Name').fill(CLIENT);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: CLIENT }).waitFor();
    address = page.url();
  });

  await check('a person is invited in their language', async () => {
    const { page } = staff;
    await page.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByRole('textbox').fill(EMAIL);
    await dialog.getByLabel('Language').selectOption('ru');
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
  });

  await check('the mail server has the mail, plain and as HTML, from the agency, in Russian', async () => {
    const { headers, parts } = await mails.arrived(EMAIL);
    assert.equal(headers.From, SENDER);
    assert.equal(headers['Content-Language'], 'ru');
    assert.match(headers.Subject, /[а-я]/i);
    const plain = parts['text/plain'];
    assert.match(plain, /[а-я]/i);
    assert.ok(plain.includes(CLIENT), plain);
    [link] = /http\S+\/dashboard\/join#token=bc_invite_\S+/.exec(plain) ?? assert.fail(plain);
    assert.ok(parts['text/html'].includes(`href="${link}"`), parts['text/html']);
  });

  await check('staff see that it went out, and can’t read what only the person may', async () => {
    const { page } = staff;
    await page.goto(`${base}/dashboard/mails`);
    const row = page.getByRole('row', { name: new RegExp(`^${EMAIL}`) });
    await row.getByText('Sent', { exact: true }).waitFor();
    assert.equal(await row.getByRole('button', { name: /^Read/ }).count(), 0);
  });

  await check('the person follows the link as it was mailed, and comes in with a password', async () => {
    const { page } = person;
    await page.goto(link);
    await page.getByRole('heading', { name: CLIENT }).waitFor();
    await photograph(page, '1-join');
    await page.locator('input[autocomplete=name]').fill('Анна Линден');
    const [first, again] = await page.locator('input[type=password]').all();
    await first.fill(PASSWORD);
    await again.fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.waitForURL('**/automation');
    await page.locator('#content h1').waitFor();
  });

  await check('staff connect the client’s n8n', async () => {
    const orders = await n8n.add('Order confirmations');
    const stock = await n8n.add('Overnight stock count');
    for (let hour = 9; hour > 0; hour -= 1) {
      await n8n.ran(orders, { at: hoursAgo(hour), seconds: hour });
    }
    await n8n.ran(stock, { at: hoursAgo(5), seconds: 40 });
    await n8n.ran(stock, { at: hoursAgo(2), status: 'error', error: 'The warehouse does not answer' });
    const { page } = staff;
    await page.goto(address);
    await page.getByRole('button', { name: 'Connect n8n' }).first().click();
    await dialog.getByLabel('Address of n8n').fill(`${n8n.url}/api/v1`);
    await dialog.getByLabel('API key').fill(KEY);
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  await check('both pages fill by themselves, with what n8n itself counts', async () => {
    const listed = await counted(n8n);
    assert.deepEqual(listed, { executions: 11, error: 1 });
    for (const { page } of [person, staff]) {
      await figure(page, 0, listed.executions).waitFor(READ);
      await figure(page, 2, listed.error).waitFor(READ);
      await page.getByRole('row', { name: /^Order confirmations/ }).waitFor();
      await page.getByRole('row', { name: /^Overnight stock count/ }).waitFor();
    }
    await photograph(person.page, '2-own');
    await photograph(staff.page, '3-client');
  });

  await check('the API tells both of them the same', async () => {
    const listed = await counted(n8n);
    const admin = await succeeding(base, STAFF_LOGIN, setup.options.staff, setup.options['new-password']);
    const own = await succeeding(base, TENANT_LOGIN, EMAIL, PASSWORD);
    const { clients, totals } = await admin('GET', '/api/v1/metrics/all');
    assert.deepEqual(clients.map(({ client }) => client.name), [CLIENT]);
    const { client, figures } = await own('GET', '/api/v1/metrics/my-metrics');
    assert.equal(client.name, CLIENT);
    for (const one of [totals, clients[0].figures, figures]) {
      assert.deepEqual({ executions: one.executions, error: one.error }, listed);
    }
    const { workflows } = await own('GET', '/api/v1/metrics/my-workflows');
    assert.deepEqual(workflows.map(({ name }) => name).sort(), ['Order confirmations', 'Overnight stock count']);
  });

  await check('what runs next appears on both by itself, and the reason of what failed', async () => {
    const stock = (await n8n.list()).find(({ status }) => status === 'error').workflowId;
    await n8n.ran(stock, { status: 'error', error: 'The warehouse does not answer' });
    for (const { page } of [person, staff]) {
      await figure(page, 0, 12).waitFor(READ);
      await figure(page, 2, 2).waitFor(READ);
      await page.getByText('The warehouse does not answer').first().waitFor(READ);
    }
    await photograph(person.page, '4-live');
  });

  await check('the link lets nobody in a second time', async () => {
    const late = await visitor(browser, base);
    await late.page.goto(link);
    await late.page.getByRole('heading', { name: 'You are in already' }).waitFor();
    assert.equal(await late.page.locator('input[type=password]').count(), 0);
    await late.context.close();
  });

  await check('nothing was blocked, no other host was asked', () => {
    assert.deepEqual([...staff.complaints, ...person.complaints], []);
  });
  await staff.context.close();
  await person.context.close();
}

/** The figure at a place of the summary, when it says `value`; the same in every language. */
function figure(page, place, value) {
  const said = page.locator('#content dl').first().locator('div').nth(place).locator('dd').first();
  return said.filter({ hasText: new RegExp(`^${value}$`) });
}

/** What n8n's own list says, all of it. */
async function counted(n8n) {
  const executions = await n8n.list();
  return {
    executions: executions.length,
    error: executions.filter(({ status }) => status === 'error').length,
  };
}

function hoursAgo(hours) {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

/**
 * The platform's first day, filmed: staff come in, add a customer, watch its traffic, find out why
 * its calls fail, settle that, shut its door and take the log along.
 *
 * Pictures are numbered in the order of the story. Runs a simulated Odoo of its own, to break it.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '../api.mjs';
import { visitor } from '../browser.mjs';
import { settled } from '../pages.mjs';
import { signInAsStaff } from '../signIn.mjs';
import { startOdoo } from '../simulatedOdoo.mjs';

const FIRST_PASSWORD = 'of the letter 17';
const OWN_PASSWORD = 'known to me alone 42';
const ODOO = { database: 'northwind', login: 'bridge', password: 'bridge-of-northwind' };

export async function story(setup) {
  const { browser, base, options } = setup;
  const mark = Date.now().toString(36);
  const name = `Northwind ${mark}`;
  const owner = `owner-${mark}@northwind.example`;
  const staff = `story-${mark}@bridgecore.example`;
  const folder = join(setup.out, 'story');
  await mkdir(folder, { recursive: true });
  let pictures = 0;
  const film = async (page, what) => {
    await settled(page);
    pictures += 1;
    const path = join(folder, `${String(pictures).padStart(2, '0')}-${what}.png`);
    await page.screenshot({ path });
  };

  const odoo = await startOdoo(options.python, ODOO);
  try {
    await hire(setup, staff);
    const { context, page, complaints } = await visitor(browser, base);
    let broken = false;
    // each scene stands on the one before
    const check = (scene, play) =>
      broken
        ? undefined
        : setup.check(scene, async () => {
            try {
              await play();
            } catch (error) {
              broken = true;
              await page.screenshot({ path: join(folder, 'broken.png'), fullPage: true });
              throw error;
            }
          });
    const dialog = page.getByRole('dialog');
    const go = (path) => page.goto(`${base}/dashboard${path}`);

    await check('the first sign-in goes no further than to a password of one’s own', async () => {
      await go('/');
      await page.getByLabel('Email').fill(staff);
      await page.getByLabel('Password', { exact: true }).fill(FIRST_PASSWORD);
      await film(page, 'sign-in');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL('**/new-password');
      await page.locator('input[type=password]').nth(2).waitFor();
      await go('/tenants');
      await page.waitForURL('**/new-password');
      const [current, next, again] = await page.locator('input[type=password]').all();
      await current.fill(FIRST_PASSWORD);
      await next.fill(OWN_PASSWORD);
      await again.fill(OWN_PASSWORD);
      await film(page, 'new-password');
      await page.locator('button[type=submit]').click();
      await page.locator('#content h1').waitFor();
      await film(page, 'overview');
    });

    await check('a tenant whose Odoo refuses the password is not stored unasked', async () => {
      await go('/tenants/new');
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Contact').fill('it@northwind.example');
      await page.getByLabel('Address').fill(odoo.url);
      await page.getByLabel('Database').fill(ODOO.database);
      await page.getByLabel('Login').fill(ODOO.login);
      await page.getByLabel(/^(Password|Password or API key)/).fill('not the password');
      await page.getByRole('textbox', { name: 'Email' }).last().fill(owner);
      await page.getByLabel('Full name').fill('Nora Northwind');
      await page.getByRole('button', { name: 'Create tenant' }).click();
      await page.getByRole('button', { name: 'Save all the same' }).waitFor();
      await page.getByRole('button', { name: 'Create tenant' }).scrollIntoViewIfNeeded();
      await film(page, 'connection-refused');
    });

    let tenant = '';
    await check('with the right one the test passes, and the tenant is there', async () => {
      await page.getByLabel(/^(Password|Password or API key)/).fill(ODOO.password);
      await page.getByRole('button', { name: 'Create tenant' }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      tenant = new URL(page.url()).pathname.replace('/dashboard', '');
      await page.getByRole('button', { name: 'Test connection' }).click();
      await page.getByText('The connection works').waitFor();
      await film(page, 'tenant-created');
    });

    const person = await visitor(browser, base);
    await check('its owner comes in by the link of the mail', async () => {
      const link = await mailedLink(page, base, owner);
      await person.page.goto(base + new URL(link).pathname + new URL(link).search + new URL(link).hash);
      await person.page.locator('input[type=password]').nth(1).waitFor();
      for (const field of await person.page.locator('input[type=password]').all()) {
        await field.fill(OWN_PASSWORD);
      }
      await film(person.page, 'owner-sets-password');
      await person.page.locator('button[type=submit]').click();
      await person.page.locator('input[type=password]').first().waitFor({ state: 'detached' });
      await person.page.getByRole('link', { name: 'Back to sign-in' }).click();
      await person.page.getByLabel('Email').fill(owner);
      await person.page.getByLabel('Password', { exact: true }).fill(OWN_PASSWORD);
      await person.page.getByRole('button', { name: 'Sign in' }).click();
      await person.page.getByRole('heading', { level: 1, name }).waitFor();
      await film(person.page, 'owner-home');
    });
    const call = await caller(person.context, base, owner);
    const partners = { model: 'res.partner', domain: [], fields: ['name'], limit: 5, use_cache: false };

    await check('its traffic appears by itself', async () => {
      await go('/overview');
      const requests = page.locator('dl', { hasText: 'Response time, median' }).locator('dd').first();
      await page.getByRole('img', { name: /^Live/ }).first().waitFor();
      const before = count(await requests.innerText());
      for (let made = 0; made < 5; made += 1) {
        const response = await call('search_read', { ...partners, offset: made });
        assert.equal(response.status(), 200, await response.text());
        await page.waitForTimeout(600);
      }
      await until(async () => count(await requests.innerText()) > before, 'the requests in the figures');
      await film(page, 'traffic-live');
      await go(tenant);
      await page.getByRole('img', { name: /^Live/ }).first().waitFor();
      await page.getByText('No requests in this time').waitFor({ state: 'detached' });
      await film(page, 'tenant-traffic');
    });

    let correlation = '';
    await check('its Odoo breaks: the error is there, with what it was', async () => {
      await odoo.control('POST', '/faults', { kind: 'down' });
      for (let made = 0; made < 3; made += 1) {
        const response = await call('search_read', { ...partners, offset: 10 + made });
        assert.ok(response.status() >= 500, `${response.status()}`);
        correlation = response.headers()['x-correlation-id'];
      }
      await go('/overview');
      await film(page, 'needs-attention');
      await go(`${tenant}?tab=errors`);
      await page.locator('tbody tr').first().waitFor();
      await film(page, 'tenant-errors');
    });

    await check('a person’s correlation ID leads to the request and its error', async () => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type(correlation);
      await page.getByRole('option', { name: /odoo\/search_read/ }).waitFor();
      await film(page, 'search-correlation');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'One request' }).waitFor();
      await page.getByText(correlation).first().waitFor();
      await film(page, 'one-request');
      await go(`${tenant}?tab=errors`);
      await page.locator('tbody').getByRole('link').first().click();
      await page.getByRole('button', { name: 'Mark as resolved' }).waitFor();
      await film(page, 'one-error');
    });

    await check('it is mended, and marked so with a note', async () => {
      await odoo.control('DELETE', '/faults');
      await page.getByRole('button', { name: 'Mark as resolved' }).click();
      await dialog.getByLabel('What was done').fill('Their proxy had lost its upstream; it was restarted.');
      await film(page, 'resolve');
      await dialog.getByRole('button', { name: 'Mark as resolved' }).click();
      await page.getByText('Their proxy had lost its upstream').waitFor();
      await film(page, 'resolved');
      // the breaker lets a call through again after its rest
      await until(
        async () => (await call('search_read', { ...partners, offset: 40 })).ok(),
        'an answer through the breaker',
        90_000,
      );
    });

    await check('a suspended tenant’s token is refused from the next call on', async () => {
      await go(tenant);
      await page.getByRole('button', { name: 'Suspend' }).click();
      await dialog.getByLabel('Reason').fill('The contract ended on the last of the month');
      await film(page, 'suspend');
      await dialog.getByRole('button', { name: 'Suspend' }).click();
      await page.getByRole('alert').getByText('The contract ended').waitFor();
      await film(page, 'suspended');
      const response = await call('search_read', partners);
      assert.equal(response.status(), 403);
      const problem = await response.json();
      assert.equal(problem.code, 'TENANT_SUSPENDED');
      await person.page.goto(`${base}/dashboard/explorer?model=res.partner`);
      await person.page.getByText('This tenant is suspended').first().waitFor();
      await film(person.page, 'refused-to-the-owner');
      await go(`${tenant}?tab=requests`);
      await page.locator('tbody tr').first().waitFor();
      await film(page, 'tenant-requests');
    });

    await check('the log goes out as a file', async () => {
      await go(`/logs/usage?tenant=${tenant.split('/').at(-1)}`);
      await page.locator('tbody tr').first().waitFor();
      await film(page, 'usage-log');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export CSV' }).click(),
      ]);
      const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
      assert.ok(lines[0].includes('correlation_id'));
      assert.ok(lines.some((line) => line.includes(correlation)));
      assert.ok(lines.length >= 9, `${lines.length} lines`);
      await film(page, 'exported');
    });

    await check('nothing was blocked, nothing failed, no other host was asked', () => {
      assert.deepEqual([...complaints, ...person.complaints], []);
    });
    await context.close();
    await person.context.close();
  } finally {
    odoo.stop();
  }
}

/** One more super admin, with a password that is only good for the first sign-in. */
async function hire(setup, email) {
  const { context, page } = await visitor(setup.browser, setup.base);
  await signInAsStaff(page, setup);
  const headers = await staffHeaders(context, setup);
  const made = await context.request.post(`${setup.base}/admin/staff`, {
    headers,
    data: { email, full_name: 'Stella Story', role: 'super_admin', password: FIRST_PASSWORD },
  });
  assert.equal(made.status(), 201, await made.text());
  await context.close();
}

async function staffHeaders(context, { base, options }) {
  const answer = await context.request.post(`${base}/admin/auth/login`, {
    data: { email: options.staff, password: options['new-password'] },
  });
  assert.equal(answer.status(), 200, await answer.text());
  return { Authorization: `Bearer ${(await answer.json()).access_token}` };
}

/** The link in the newest captured mail to `email`, as staff read it. */
async function mailedLink(page, base, email) {
  await page.goto(`${base}/dashboard/mails`);
  const row = page.getByRole('row', { name: new RegExp(`^${email}`) }).first();
  await row.getByRole('button', { name: /^Read/ }).click();
  const link = await page.getByRole('dialog').getByRole('link').first().getAttribute('href');
  await page.keyboard.press('Escape');
  return link;
}

/** Calls the gateway as an app of the tenant does. */
async function caller(context, base, email) {
  const answer = await context.request.post(`${base}/api/v1/auth/tenant/login`, {
    data: { email, password: OWN_PASSWORD },
  });
  assert.equal(answer.status(), 200, await answer.text());
  const { access_token: token } = await answer.json();
  return (operation, data) =>
    context.request.post(`${base}/api/v1/odoo/${operation}`, {
      data,
      headers: { Authorization: `Bearer ${token}` },
    });
}

function count(text) {
  return Number(text.replace(/\D/g, ''));
}

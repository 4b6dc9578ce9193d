/** Running the platform: traffic appears by itself, a failed call is found, settled and taken back. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { visitor } from '../browser.mjs';
import { signInAsStaff } from '../signIn.mjs';

export async function platform(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);
  const call = await caller(setup);
  await call('search_read', { model: 'res.partner', domain: [], limit: 1 });
  await signInAsStaff(page, setup, '/overview');
  const dialog = page.getByRole('dialog');
  // numbers and letters are one kind of error: words tell this run's from those of others
  const word = Array.from(Date.now().toString(26), (one) => 'abcdefghijklmnopqrstuvwxyz'[parseInt(one, 26)]).join('');
  let correlation = '';

  await check('shows traffic as it happens, without a reload', async () => {
    const requests = page.locator('dl', { hasText: 'Response time, median' }).locator('dd').first();
    await page.getByRole('img', { name: /^Live/ }).first().waitFor();
    const before = count(await requests.innerText());
    for (let made = 0; made < 3; made += 1) {
      await call('search_read', { model: 'res.partner', domain: [], limit: 1 });
      await page.waitForTimeout(1100);
    }
    await until(async () => count(await requests.innerText()) > before);
  });

  await check('gives every chart as a table, too', async () => {
    const chart = page.locator('figure').first();
    await chart.getByText('Show as a table').click();
    const rows = chart.getByRole('table').locator('tbody tr');
    await rows.first().waitFor();
    assert.ok((await rows.count()) >= 24);
  });

  await check('finds one request by its correlation ID', async () => {
    const response = await call('read', { model: `no.${word}`, ids: [1] });
    assert.ok(response.status() >= 400);
    correlation = response.headers()['x-correlation-id'];
    await page.goto(`${base}/dashboard/logs/usage`);
    await page.getByRole('searchbox', { name: 'Correlation ID' }).fill(correlation);
    await page.waitForURL(`**search=*${correlation}*`);
    const found = page.locator('tbody tr');
    await until(async () => (await found.count()) === 1);
    await found.getByRole('link', { name: 'POST /api/v1/odoo/read' }).click();
    await page.getByRole('heading', { level: 1, name: 'One request' }).waitFor();
    await page.getByText(correlation).waitFor();
    await page.getByText(`no.${word}`).waitFor();
  });

  await check('finds it by the search of every page, too', async () => {
    await page.goto(`${base}/dashboard/jobs`);
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type(correlation);
    await page.getByRole('option', { name: /api\/v1\/odoo\/read/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'One request' }).waitFor();
  });

  await check('settles the error with notes, and takes that back', async () => {
    await page.goto(`${base}/dashboard/logs/errors?search=${word}`);
    await page.locator('tbody').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Mark as resolved' }).click();
    const resolve = dialog.getByRole('button', { name: 'Mark as resolved' });
    assert.ok(await resolve.isDisabled());
    await dialog.getByLabel('What was done').fill('The app asked for a model that is no more.');
    await resolve.click();
    await page.getByText('The app asked for a model that is no more.').waitFor();
    await page.goto(`${base}/dashboard/logs/errors?search=${word}`);
    await page.getByText('No error fits these filters').waitFor();
    await page.getByRole('link', { name: 'Show resolved ones too' }).click();
    await page.locator('tbody').getByText('Resolved').waitFor();
    await page.locator('tbody').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await dialog.getByRole('button', { name: 'Reopen' }).click();
    await page.getByRole('button', { name: 'Mark as resolved' }).waitFor();
  });

  await check('leads from an error to the request it came of', async () => {
    await page.getByRole('link', { name: correlation.slice(-12) }).click();
    await page.getByRole('heading', { level: 1, name: 'One request' }).waitFor();
  });

  await check('exports both logs as the filters show them', async () => {
    for (const [path, heading] of [
      [`/logs/usage?search=${correlation}`, 'correlation_id'],
      [`/logs/errors?search=${word}`, 'message'],
    ]) {
      await page.goto(`${base}/dashboard${path}`);
      await page.locator('tbody tr').first().waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export CSV' }).click(),
      ]);
      const [head, ...lines] = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
      assert.ok(head.includes(heading), head);
      assert.equal(lines.length, 1);
      assert.ok(lines[0].includes(word));
    }
  });

  await check('keeps period and comparison of the analytics in the address', async () => {
    await page.goto(`${base}/dashboard/analytics`);
    await page.getByRole('combobox', { name: 'Period' }).selectOption('24h');
    await page.waitForURL('**span=24h*');
    await page.getByRole('checkbox', { name: 'With the period before' }).check();
    await page.waitForURL('**compare=true*');
    await page.reload();
    await page.getByRole('heading', { name: 'Requests by hour' }).waitFor();
    assert.equal(await page.getByRole('combobox', { name: 'Period' }).inputValue(), '24h');
    await page.getByRole('link', { name: 'POST /api/v1/odoo/search_read' }).click();
    await page.waitForURL('**route=*search_read*');
  });

  await check('shows what runs by itself and when it is due', async () => {
    await page.goto(`${base}/dashboard/jobs`);
    await page.getByText('Workers').waitFor();
    await page.getByRole('tab', { name: 'Schedule' }).click();
    const row = page.getByRole('row', { name: /reconcile_gateway_writes/ });
    await row.getByText(/now|in 1 minute/).last().waitFor();
  });

  await check('nothing was blocked, nothing failed, no other host was asked', () => {
    assert.deepEqual(complaints, []);
  });
  await context.close();
}

/** Calls the gateway as an app of the demo tenant does. */
async function caller({ browser, base, options }) {
  const { context } = await visitor(browser, base);
  const answer = await context.request.post(`${base}/api/v1/auth/tenant/login`, {
    data: { email: options.member, password: options['member-password'] },
  });
  assert.equal(answer.status(), 200);
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

async function until(holds) {
  const end = performance.now() + 15_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, 'it did not happen within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

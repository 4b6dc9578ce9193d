/**
 * An agency and its client: the client is created, invited by mail, joins, its n8n is connected,
 * and both look at the same figures.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { visitor } from '../browser.mjs';
import { signInAsStaff } from '../signIn.mjs';

/** What the demo's n8ns accept. */
const KEY = 'n8n_api_of_the_demo_platform';
const PASSWORD = 'a password of my own';
const DAY = 86_400_000;

export async function automation(setup) {
  const { browser, base, out, check } = setup;
  const staff = await visitor(browser, base);
  const person = await visitor(browser, base);
  const name = `Agency client ${Date.now().toString(36)}`;
  const email = `looker-${Date.now()}@people.example`;
  const dialog = staff.page.locator('dialog[open]');
  const photograph = (page, step) =>
    page.screenshot({ path: join(out, `automation-${step}.png`), fullPage: true });
  let n8n = '';
  let address = '';
  let link = '';

  await check('staff see every client, and first the one that needs attention, with the reason', async () => {
    const { page } = staff;
    await signInAsStaff(page, setup, '/clients');
    await page.goto(`${base}/dashboard/clients`);
    const first = page.getByRole('row').nth(1);
    await first.getByRole('link', { name: 'Acme' }).waitFor();
    await first.getByText(/Overnight price import.* failed \d+ times in a row/).waitFor();
    await first.getByRole('img', { name: /executions in 30 days/ }).waitFor();
    await photograph(page, '1-clients');
  });

  await check('one client is a click away, with its n8n', async () => {
    const { page } = staff;
    await page.getByRole('link', { name: 'Acme' }).click();
    await page.getByRole('heading', { level: 1, name: 'Acme' }).waitFor();
    await page.getByRole('tab', { name: 'n8n servers' }).click();
    n8n = (await page.getByRole('row').nth(1).getByRole('link').getAttribute('href')) ?? '';
    assert.match(n8n, /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  await check('a client is created by its name, and its page says what to do next', async () => {
    const { page } = staff;
    await page.goto(`${base}/dashboard/clients`);
    await page.getByRole('button', { name: 'New client' }).click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Enter a name').waitFor();
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('No n8n is connected yet').first().waitFor();
    address = page.url();
  });

  await check('a person is invited from there, to look and nothing else', async () => {
    const { page } = staff;
    await page.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByRole('textbox').fill(email);
    assert.equal(await dialog.getByLabel('Role').inputValue(), 'client');
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Invitations' }).click();
    await page.getByRole('row', { name: new RegExp(`^${email}`) }).getByText('Waiting').waitFor();
  });

  await check('the mail is there, with the link', async () => {
    const { page } = staff;
    await page.goto(`${base}/dashboard/mails`);
    const row = page.getByRole('row', { name: new RegExp(`^${email}`) });
    await row.getByRole('button', { name: /^Read/ }).click();
    link = (await page.getByRole('dialog').getByRole('link').getAttribute('href')) ?? '';
    assert.match(link, /\/dashboard\/join#token=bc_invite_/);
  });

  await check('the person joins, begins at the automations, and is told what is missing', async () => {
    const { page } = person;
    await page.goto(base + new URL(link).pathname + new URL(link).hash);
    await page.getByLabel('Your name').fill('Lou Looker');
    const [first, again] = await page.locator('input[type=password]').all();
    await first.fill(PASSWORD);
    await again.fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.waitForURL('**/automation');
    await page.getByText('No n8n is connected yet').waitFor();
    await page.getByText('Ask those who run your automations').waitFor();
  });

  await check('a key that n8n refuses is told of and not stored', async () => {
    const { page } = staff;
    await page.goto(address);
    await page.getByRole('button', { name: 'Connect n8n' }).first().click();
    await dialog.getByLabel('Address of n8n').fill(n8n);
    await dialog.getByLabel('API key').fill('not-the-key');
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await dialog.getByText('The connection does not work').waitFor();
    await page.reload();
    await page.getByText('No n8n is connected yet').first().waitFor();
  });

  await check('the right one is, and never comes back to a page', async () => {
    const { page } = staff;
    await page.getByRole('button', { name: 'Connect n8n' }).first().click();
    await dialog.getByLabel('Address of n8n').fill(n8n);
    await dialog.getByLabel('API key').fill(KEY);
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'n8n servers' }).click();
    await page.getByRole('row').nth(1).getByText(new URL(n8n).host).waitFor();
    assert.ok(!(await page.content()).includes(KEY), 'the key is in the page');
  });

  await check('the stored server is tried again from its row, and tells its version', async () => {
    const { page } = staff;
    await page.getByRole('button', { name: /^Test / }).click();
    await page.getByText(/ works$/).waitFor();
    await page.getByRole('row').nth(1).getByText(/^[12]\.\d+\.\d+$/).waitFor();
  });

  await check('the page of the person fills by itself', async () => {
    const { page } = person;
    const row = page.getByRole('row', { name: /^Order confirmations/ });
    await row.waitFor({ timeout: 120_000 });
    await page.getByRole('heading', { name: 'Time saved' }).waitFor();
    // what had begun is read to its end, so that both are asked about the same
    await page.getByText(/before$/).first().waitFor({ timeout: 120_000 });
    await photograph(page, '2-own');
  });

  await check('both see the same figures of the same days', async () => {
    const midnight = Math.floor(Date.now() / DAY) * DAY;
    const [from, to] = [midnight - 10 * DAY, midnight - 3 * DAY].map((at) => new Date(at).toISOString());
    const query = `?from=${from}&to=${to}`;
    const figures = async (page, path) => {
      await page.goto(path + query);
      await page.getByRole('heading', { name: 'Time saved' }).waitFor();
      return (await page.locator('#content dl').first().innerText()).replace(/\s+/g, ' ');
    };
    const theirs = await figures(staff.page, address);
    const own = await figures(person.page, `${base}/dashboard/automation`);
    assert.match(own, /Executions [\d,]+/);
    assert.equal(own, theirs);
  });

  await check('what a run saves is said once, and is money to both', async () => {
    const { page } = staff;
    await page.goto(address);
    await page.getByRole('button', { name: 'What “Order confirmations” saves' }).click();
    await dialog.getByLabel('Minutes saved by a run').fill('6');
    await dialog.getByLabel('What an hour of that work costs').fill('30');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Savings of Order confirmations are set').waitFor();
    const money = page.getByRole('row', { name: /^Order confirmations/ }).getByText(/€[\d,]+/);
    await money.waitFor();
    await person.page.goto(`${base}/dashboard/automation`);
    await person.page.getByText(/^€[\d,]+$/).first().waitFor();
    assert.equal(await person.page.getByRole('button', { name: /^What “/ }).count(), 0);
  });

  await check('what failed says why, and where in n8n to see it', async () => {
    const { page } = person;
    await page.goto(`${base}/dashboard/automation?tab=executions&outcome=failed`);
    const row = page.getByRole('row').nth(1);
    await row.getByText('Failed').waitFor();
    await row.getByRole('button', { name: /^Show execution/ }).click();
    const shown = page.locator('dialog[open]');
    await shown.getByText('Where it failed').waitFor();
    const href = await shown.getByRole('link', { name: /^Open/ }).getAttribute('href');
    assert.ok(href.startsWith(`${n8n}/workflow/`), href);
    await page.keyboard.press('Escape');
  });

  await check('executions are taken away as CSV, as they were narrowed down', async () => {
    const { page } = person;
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const [heads, ...lines] = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    const at = heads.split(',').indexOf('status');
    assert.ok(lines.length > 10);
    assert.ok(lines.every((line) => ['error', 'crashed'].includes(line.split(',')[at])));
  });

  await check('the person sees nothing but that', async () => {
    const { page } = person;
    const menu = page.getByRole('navigation', { name: 'Menu' });
    assert.deepEqual(await menu.getByRole('link').allInnerTexts(), ['Automation']);
    await page.goto(`${base}/dashboard/members`);
    await page.getByText('You are not allowed to do this').waitFor();
    await page.goto(`${base}/dashboard/clients`);
    await page.getByText('You are not allowed to do this').waitFor();
  });

  await check('a server that is paused says so to both, and removing it ends the story', async () => {
    const { page } = staff;
    await page.goto(`${address}?tab=servers`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('row').nth(1).getByText('Paused').waitFor();
    await person.page.goto(`${base}/dashboard/automation`);
    await person.page.getByText(/is paused: nothing new is read/).waitFor();
    await page.getByRole('button', { name: /^Remove/ }).click();
    const [, word] = /“?([^”?]+)”?\?$/.exec(await dialog.getByRole('heading').innerText()) ?? [];
    await dialog.locator('input').fill((word ?? '').replace(/^Remove /, ''));
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No n8n is connected yet').first().waitFor();
  });

  await check('the client is renamed, and deleted by its name', async () => {
    const { page } = staff;
    const renamed = `${name} & Sons`;
    // its page would go on asking for what is gone
    await person.page.goto('about:blank');
    await page.goto(address);
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.equal(await dialog.getByLabel('Name').inputValue(), name);
    await dialog.getByLabel('Name').fill(renamed);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: renamed }).waitFor();
    await photograph(page, '9-client');
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog.locator('input').fill(renamed);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL('**/clients');
    await page.getByText(`${renamed} is deleted; it can be restored for 30 days`).waitFor();
    await page.getByRole('row', { name: new RegExp(`^${renamed}`) }).waitFor({ state: 'detached' });
  });

  await check('no complaints', () => {
    const expected = /^console: ProblemError: This page (needs the permission|is for others)/;
    assert.deepEqual(
      [...staff.complaints, ...person.complaints].filter((one) => !expected.test(one)),
      [],
    );
  });
  await staff.context.close();
  await person.context.close();
}

/** A company runs its own side: it looks into its Odoo, adds people, makes roles and keys. */
import assert from 'node:assert/strict';

import { visitor } from '../browser.mjs';
import { signInAsMember } from '../signIn.mjs';

const MARK = Date.now().toString(36);

export async function company(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);
  const go = (path) => page.goto(`${base}/dashboard${path}`);
  const heading = (name) => page.getByRole('heading', { level: 1, name });
  const dialog = page.locator('dialog[open]');

  await check('the owner begins at home, with Odoo and the limits of the plan', async () => {
    await signInAsMember(page, setup);
    await heading('Acme').waitFor();
    await page.getByText('http://127.0.0.1').first().waitFor();
    await page.getByText(/^[\d,]+ of [\d,]+$/).first().waitFor();
  });

  await check('a test of the stored connection says what was found', async () => {
    await page.getByRole('button', { name: 'Test now' }).click();
    await page.getByText('The connection works').waitFor();
  });

  await check('a filter that is built is the domain in the address, and the records follow', async () => {
    await go('/explorer?model=res.partner');
    await page.getByRole('button', { name: 'Condition' }).click();
    await page.getByLabel('Value of Name').fill('azure');
    await page.getByRole('button', { name: 'Show records' }).click();
    await page.waitForURL(/domain=/);
    const domain = JSON.parse(new URL(page.url()).searchParams.get('domain'));
    assert.deepEqual(domain, [['name', 'ilike', 'azure']]);
    await page.getByRole('link', { name: /Azure/ }).first().waitFor();
    const names = await page.locator('tbody a').allInnerTexts();
    assert.ok(names.length > 0 && names.every((name) => /azure/i.test(name)), names.join());
  });

  await check('the call can be copied, and does what the page did', async () => {
    await page.getByRole('button', { name: 'Copy the call' }).click();
    const code = await dialog.locator('pre').innerText();
    assert.match(code, /"name",\s*"ilike",\s*"azure"/);
    await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    assert.equal(copied, code);
    await page.keyboard.press('Escape');
  });

  await check('a record is opened, changed, and is then so in Odoo', async () => {
    const city = `Town ${MARK}`;
    await page.locator('tbody a').first().click();
    await dialog.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('City', { exact: true }).fill(city);
    await dialog.getByRole('button', { name: 'Save 1 change' }).click();
    await dialog.getByText(city).waitFor();
    await page.reload();
    await dialog.getByText(city).waitFor();
    await page.keyboard.press('Escape');
  });

  await check('a record is made with links to others, then deleted after its number was typed', async () => {
    await go('/explorer?model=res.partner');
    await page.getByRole('button', { name: /New$/ }).click();
    await dialog.getByLabel('Name', { exact: true }).fill(`Journey ${MARK}`);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/record=\d+/);
    const id = new URL(page.url()).searchParams.get('record');
    await dialog.getByText(`Journey ${MARK}`).first().waitFor();
    await dialog.getByRole('button', { name: 'Edit' }).click();
    const tags = dialog.getByRole('group', { name: 'Tags', exact: true });
    await tags.getByRole('combobox').click();
    await tags.getByRole('option').first().click();
    await dialog.getByRole('button', { name: 'Save 1 change' }).click();
    await dialog.getByText('1 record', { exact: true }).first().waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.locator('input').fill(id);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText(/ is deleted$/).waitFor();
    await go(`/explorer?model=res.partner&record=${id}`);
    await page.getByText('There is no such record').waitFor();
  });

  await check('a model that is closed says so, with the id to ask about', async () => {
    await go('/explorer?model=ir.no_such_model');
    await page.getByRole('alert').getByText('Correlation ID').waitFor();
  });

  const email = `helper-${MARK}@acme.example`;
  await check('a person is added with a role, kept out, and removed', async () => {
    await go('/members');
    await page.getByRole('button', { name: 'Add a person' }).click();
    await dialog.getByLabel('Name').fill('Hana Helper');
    await dialog.getByLabel('Email').fill(email);
    await dialog.getByLabel('First password (optional)').fill(`quiet-river-${MARK}`);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: email });
    await row.getByText('User', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Edit Hana Helper' }).click();
    await dialog.getByLabel('Role').selectOption('manager');
    await dialog.getByRole('checkbox').uncheck();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row.getByText('Manager').waitFor();
    await row.getByText('Not active').waitFor();
    await row.getByRole('button', { name: 'Remove Hana Helper?' }).click();
    await dialog.locator('input').fill(email);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached' });
  });

  await check('a role of their own is made and stands in the table', async () => {
    await go('/roles');
    await page.getByRole('button', { name: 'New role' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill(`Readers ${MARK}`);
    await dialog.getByRole('textbox', { name: 'Code' }).fill(`readers-${MARK}`);
    await dialog.getByRole('button', { name: 'All that only reads' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('columnheader', { name: `Readers ${MARK}` }).waitFor();
    await page.getByRole('button', { name: `Remove the role Readers ${MARK}?` }).click();
    await dialog.locator('input').fill(`readers-${MARK}`);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('columnheader', { name: `Readers ${MARK}` }).waitFor({ state: 'detached' });
  });

  await check('a key is shown once, works for what it may, and is refused when revoked', async () => {
    await go('/api-keys');
    await page.getByRole('button', { name: 'New API key' }).first().click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill(`Journey ${MARK}`);
    await dialog.getByLabel('Read from Odoo').check();
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const key = (await dialog.locator('pre').first().innerText()).trim();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const call = (operation, body) =>
      fetch(`${base}/api/v1/odoo/${operation}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ model: 'res.partner', ...body }),
      }).then(({ status }) => status);
    assert.equal(await call('search_count', {}), 200);
    assert.equal(await call('write', { ids: [1], values: { ref: 'no' } }), 403);
    assert.ok(!(await page.content()).includes(key), 'the key is still in the page');
    await page.getByRole('button', { name: `Revoke Journey ${MARK}?` }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText(`Journey ${MARK} is revoked`).waitFor();
    assert.equal(await call('search_count', {}), 401);
  });

  await check('a connection that does not work is told of and not stored', async () => {
    await go('/connections');
    await page.getByRole('link', { name: 'Odoo', exact: true }).click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    const database = page.getByRole('textbox', { name: 'Database' });
    await database.fill('no-such-database');
    await page.getByRole('button', { name: 'Test and save' }).click();
    await page.getByText('The connection does not work').waitFor();
    await page.getByRole('button', { name: 'Save all the same' }).waitFor();
    await page.reload();
    await database.waitFor();
    assert.equal(await database.inputValue(), 'acme');
  });

  await check('a call that fails appears among the errors by itself', async () => {
    await go('/activity');
    await page.getByRole('tab', { name: 'Errors' }).waitFor();
    await page.getByRole('img', { name: /^Live/ }).first().waitFor();
    const model = `no.such.model.${MARK}`;
    const other = await context.newPage();
    await other.goto(`${base}/dashboard/explorer?model=${model}`);
    await other.getByRole('alert').first().waitFor();
    await page.bringToFront();
    await page.getByText(model).first().waitFor({ timeout: 15_000 });
    await other.close();
  });

  await check('all of it is in the audit trail of the company', async () => {
    await go('/audit?search=api_key.');
    await page.getByRole('button', { name: 'api_key.revoked' }).first().click();
    await dialog.getByText('owner@acme.example').waitFor();
    await page.keyboard.press('Escape');
  });

  await check('nothing was blocked, no other host was asked', () => {
    assert.deepEqual(complaints, []);
  });
  await context.close();
}

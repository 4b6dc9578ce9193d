/** A tenant from its creation to its deletion and back, as a member of staff does it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { visitor } from '../browser.mjs';
import { signInAsStaff } from '../signIn.mjs';

export async function tenants(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);
  await signInAsStaff(page, setup, '/tenants');
  await page.goto(`${base}/dashboard/tenants`);
  const name = `Example ${Date.now().toString(36)}`;
  const slug = name.toLowerCase().replace(' ', '-');
  const dialog = page.getByRole('dialog');

  await check('says beside the field what is wrong with it', async () => {
    await page.getByRole('link', { name: 'New tenant' }).click();
    await page.getByRole('button', { name: 'Create tenant' }).click();
    await page.getByText('Enter a name').waitFor();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Slug').fill('acme');
    await page.getByRole('button', { name: 'Create tenant' }).click();
    await page.getByRole('alert').getByText('This contradicts what is stored').waitFor();
  });

  await check('creates a tenant', async () => {
    await page.getByLabel('Slug').fill('');
    await page.getByLabel('Contact').fill('contact@example.com');
    await page.getByRole('button', { name: 'Create tenant' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('No requests in this time').waitFor();
  });

  await check('finds it; filter and sort are in the address and survive a reload', async () => {
    await page.getByRole('link', { name: 'Tenants' }).first().click();
    await page.getByRole('searchbox').fill(slug);
    await page.waitForURL(`**/tenants?search=${slug}`);
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await page.waitForURL('**sort=name**');
    await page.reload();
    await page.getByText('1–1 of 1').waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), slug);
    const heading = page.getByRole('columnheader', { name: 'Name', exact: true });
    assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
  });

  await check('exports what the filter shows', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const csv = await readFile(await download.path(), 'utf8');
    assert.match(csv, /^\uFEFFName,State,Plan,Odoo,Contact,Created\r\n/);
    assert.equal(csv.trim().split('\r\n').length, 2);
    assert.ok(csv.includes(`${name},active,free,,contact@example.com,`));
  });

  await check('is found by the search that Ctrl+K opens, by keyboard alone', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(slug);
    await page.getByRole('option', { name }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name }).waitFor();
  });

  await check('changes only what was changed', async () => {
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('People', { exact: true }).fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('7 (its own)').waitFor();
    await page.getByRole('tab', { name: 'Audit trail' }).click();
    const changed = page.getByRole('row', { name: /tenant.changed/ }).getByRole('cell').nth(3);
    assert.equal(await changed.innerText(), 'max_users: null → 7');
  });

  await check('suspends with a reason, which others can read', async () => {
    await page.getByRole('button', { name: 'Suspend' }).click();
    const suspend = dialog.getByRole('button', { name: 'Suspend' });
    assert.ok(await suspend.isDisabled());
    await dialog.getByLabel('Reason').fill('Invoice 17 is unpaid');
    await suspend.click();
    await page.getByRole('alert').getByText('Invoice 17 is unpaid').waitFor();
    await page.getByRole('tab', { name: 'Audit trail' }).click();
    await page.getByRole('row', { name: /tenant.suspended.*Invoice 17 is unpaid/ }).waitFor();
  });

  await check('activates it again', async () => {
    await page.getByRole('button', { name: 'Activate' }).click();
    await dialog.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
  });

  await check('deletes it only after its name was typed, and can restore it', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    const remove = dialog.getByRole('button', { name: 'Delete' });
    await dialog.getByRole('textbox').fill('something else');
    assert.ok(await remove.isDisabled());
    await dialog.getByRole('textbox').fill(slug);
    await remove.click();
    await page.getByText('It can be restored within 30 days').waitFor();
    await page.getByRole('button', { name: 'Restore' }).click();
    await dialog.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
  });

  await check('tests the stored connection of a tenant that has an Odoo', async () => {
    await page.goto(`${base}/dashboard/tenants?search=acme&sort=name`);
    await page.getByRole('link', { name: 'Acme', exact: true }).click();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('The connection works').waitFor();
  });

  await check('nothing was blocked, nothing failed, no other host was asked', () => {
    assert.deepEqual(complaints, []);
  });
  await context.close();
}

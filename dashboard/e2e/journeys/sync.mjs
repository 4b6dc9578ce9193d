/** A company follows its copies: states, runs, parity, the lake, a sender of webhooks. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { until } from '../api.mjs';
import { visitor } from '../browser.mjs';
import { settled } from '../pages.mjs';
import { signInAsMember } from '../signIn.mjs';

const MARK = Date.now().toString(36);

export async function sync(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);
  const go = (path) => page.goto(`${base}/dashboard${path}`);
  const dialog = page.locator('dialog[open]');
  const tab = (name) => page.getByRole('tab', { name });
  let connection = '';

  await check('the list tells how old each copy is', async () => {
    await signInAsMember(page, setup, '/connections');
    const row = page.getByRole('row').filter({ hasText: 'odoo' }).first();
    await row.getByText(/ old$/).waitFor({ timeout: 60_000 });
    await row.getByRole('link').first().click();
    await page.waitForURL(/connections\/[0-9a-f-]{36}/);
    connection = /connections\/([0-9a-f-]{36})/.exec(page.url())[1];
    await page.getByRole('link', { name: 'Contact', exact: true }).waitFor();
  });

  await check('a form is made of what a connector asks for, and tried before it is stored', async () => {
    await go('/connections/new');
    await page.getByRole('radio', { name: 'n8n' }).check();
    await page.getByLabel('API key').fill('none');
    await page.getByRole('button', { name: 'Test and save' }).click();
    await page.getByText('Fill this in').waitFor();
    await page.getByLabel('Address').fill('https://127.0.0.1:1');
    await page.getByRole('button', { name: 'Test and save' }).click();
    await page.getByRole('alert').first().waitFor();
    assert.match(page.url(), /connections\/new$/);
  });

  await check('a model is taken in with its usual fields, the sensitive ones marked', async () => {
    await go(`/connections/${connection}?tab=models`);
    await page.getByLabel('Find a model').fill('res.partner.industry');
    const model = page.locator('[data-on]').filter({ hasText: 'res.partner.industry' });
    await model.waitFor();
    if ((await model.getAttribute('data-on')) === 'true') {
      await model.getByRole('checkbox').uncheck();
      await page.getByRole('button', { name: 'Save and read' }).click();
      await page.getByText('Saved; it is read now').waitFor();
    }
    await model.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Save and read' }).click();
    await page.getByText('Saved; it is read now').first().waitFor();
    await page.getByLabel('Find a model').fill('res.users');
    await page.getByRole('button', { name: 'Usual fields – model User', exact: true }).click();
    await dialog.getByLabel('Find a field').fill('image');
    await dialog.getByText('sensitive').first().waitFor();
    // the list follows what is typed a moment later
    const fields = dialog.getByRole('checkbox');
    const images = /image_(1920|1024|512|256|128)/;
    const image = dialog.getByText(images);
    await until(async () => (await image.count()) === (await fields.count()), 'images alone');
    for (const field of await fields.all()) {
      assert.equal(await field.isChecked(), false);
    }
    await page.keyboard.press('Escape');
  });

  await check('a run is started, followed to its end, and stands on the line of time', async () => {
    await go(`/connections/${connection}`);
    await page.getByRole('button', { name: 'Read everything again' }).click();
    await page.getByText('A run was asked for').waitFor();
    await tab('Runs').click();
    const first = page.locator('tbody tr').first();
    await first.getByText('A person').waitFor();
    await first.getByText('Completed').waitFor({ timeout: 60_000 });
    assert.ok((await page.getByRole('group', { name: 'Runs over time' }).locator('a').count()) > 0);
    await first.getByRole('link').click();
    await page.getByText('Everything again').waitFor();
    await page.getByRole('row').filter({ hasText: 'res.partner' }).getByText('done').first().waitFor();
  });

  await check('a pause stops the copy, and it goes on after', async () => {
    await go(`/connections/${connection}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  });

  await check('the copy is compared with its source, by model and month', async () => {
    await go(`/connections/${connection}?tab=parity`);
    await settled(page);
    await page.getByRole('button', { name: 'Compare now' }).click();
    await page.getByText('The comparison was asked for').waitFor();
    await page.getByText('The copy equals its source').waitFor({ timeout: 60_000 });
    await page.getByRole('img', { name: /months?, 0 of them differ/ }).first().waitFor();
  });

  await check('the lake answers a filter that is in the address, and shows a record', async () => {
    await go('/lake');
    await page.getByRole('link', { name: 'account', exact: true }).first().click();
    await settled(page);
    await page.getByRole('combobox', { name: 'Field' }).fill('name');
    await page.keyboard.press('Enter');
    await page.getByLabel('Value').fill('azure');
    await page.getByRole('button', { name: 'Add the filter' }).click();
    await page.waitForURL(/filter=/);
    await settled(page);
    const rows = page.locator('tbody tr');
    assert.ok((await rows.count()) > 0);
    for (const text of await rows.allInnerTexts()) {
      assert.match(text, /azure/i);
    }
    await rows.first().getByRole('link').click();
    await dialog.getByText('First read into the lake').waitFor();
    await page.keyboard.press('Escape');
    await go('/lake?tab=changes');
    await page.locator('tbody tr').first().waitFor();
  });

  await check('a secret is shown once, signs an event, and the event is seen with its end', async () => {
    await go('/webhooks?tab=senders');
    await page.getByRole('button', { name: 'New secret' }).click();
    await dialog.getByLabel('Connection').selectOption({ value: connection });
    await dialog.getByLabel('Name').fill(`Journey ${MARK}`);
    await dialog.getByRole('button', { name: 'Make the secret' }).click();
    const secret = (await dialog.locator('pre').innerText()).trim();
    await dialog.getByRole('button', { name: 'Close' }).click();
    assert.ok(!(await page.content()).includes(secret), 'the secret is still in the page');
    const send = async () => {
      const body = JSON.stringify({
        events: [{ id: `${MARK}-1`, model: 'res.partner', record_id: 1, operation: 'write' }],
      });
      const now = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
      const { status } = await fetch(`${base}/api/webhooks/odoo`, {
        method: 'POST',
        body,
        headers: {
          'Content-Type': 'application/json',
          'X-BridgeCore-Connection': connection,
          'X-BridgeCore-Timestamp': now,
          'X-BridgeCore-Signature': `v1=${signature}`,
        },
      });
      return status;
    };
    assert.equal(await send(), 200);
    await go('/webhooks?model=res.partner');
    await page.locator('tbody button').first().click();
    await dialog.getByText(`${MARK}-1`).waitFor();
    await dialog.getByText('Read again at the source').waitFor();
    await page.keyboard.press('Escape');
    await go('/webhooks?tab=senders');
    await page.getByRole('button', { name: new RegExp(`^Revoke Journey ${MARK}`) }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('It is revoked').waitFor();
    assert.equal(await send(), 403);
  });

  await check('nothing was blocked, no other host was asked', () => {
    assert.deepEqual(complaints, []);
  });
  await context.close();
}

/**
 * What a person decides about a copy that is in trouble, by the buttons of the pages, and what the API
 * says of it after: removals that stopped to ask, differences, dead letters, records set aside.
 */
import assert from 'node:assert/strict';

import { until } from '../api.mjs';
import { visitor } from '../browser.mjs';
import { settled } from '../pages.mjs';
import { signInAsMember } from '../signIn.mjs';
import { FIELDS, troubledCopy } from '../troubledCopy.mjs';

export async function trouble(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);
  await signInAsMember(page, setup, '/connections');
  const copy = await troubledCopy(setup);
  const { connection, call, keys } = copy;
  const dialog = page.locator('dialog[open]');
  const show = async (path) => {
    await page.goto(`${base}/dashboard${path}`);
    await settled(page);
  };
  const record = (key) =>
    call('GET', `/api/v1/lake/records/res.partner/${key}?connection_id=${connection}&deleted=any`);
  const contact = async () => {
    const { entities } = await call('GET', `/api/v1/integrations/${connection}/sync/plan`);
    return entities.find(({ entity }) => entity === 'res.partner');
  };
  try {
    await check('removals that stopped to ask are kept for as long as nobody decides', async () => {
      await show(`/connections/${connection}`);
      await page.getByText(`${keys.removed.length} records are gone and wait for your answer`).waitFor();
      assert.equal((await record(keys.removed[0])).deleted_at, null);
      assert.equal((await contact()).deletes.count, keys.removed.length);
    });

    await check('a repair brings what differs from the source, and the API calls it repaired', async () => {
      const [key] = keys.different;
      assert.notEqual((await record(key)).data.city, 'Changed unseen');
      await show(`/connections/${connection}?tab=parity&report=${copy.report}`);
      const row = page.getByRole('row').filter({ has: page.getByText(`res.partner ${key}`, { exact: true }) });
      const more = page.getByRole('region', { name: 'Records that differ' }).getByRole('button', { name: 'Show older' });
      while ((await row.count()) === 0) {
        await more.click();
        await settled(page);
      }
      await row.getByRole('button').click();
      await dialog.getByText('Changed unseen').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Repair \d+ records$/ }).click();
      await page.getByText('The repair was asked for').waitFor();
      await until(
        async () => (await record(key)).data.city === 'Changed unseen',
        'the content of the source in the lake',
      );
      await until(async () => {
        const listed = await call('GET', `/api/v1/lake/parity/${copy.report}/differences?limit=200`);
        const found = listed.items.filter((one) => keys.different.includes(Number(one.key)));
        return found.length === keys.different.length && found.every((one) => one.repaired_at !== null);
      }, 'the word of the API that they are repaired');
    });

    await check('removing is confirmed by the model’s name, and the lake serves them no longer', async () => {
      await show(`/connections/${connection}?tab=waiting`);
      await page.getByRole('button', { name: 'Remove them' }).click();
      const confirm = dialog.getByRole('button', { name: 'Remove them' });
      assert.ok(await confirm.isDisabled());
      await dialog.locator('input').fill('res.partner');
      await confirm.click();
      await dialog.waitFor({ state: 'detached' });
      await until(
        async () => (await record(keys.removed.at(-1))).deleted_at !== null,
        'the tombstones in the lake',
      );
      assert.equal((await record(keys.removed[0])).delete_reason, 'deleted');
      await until(async () => (await contact()).deletes === null, 'the end of the question');
      await page.getByText('None. Removals of many records').waitFor();
    });

    await check('a record set aside is tried again, and is there once the source can be read', async () => {
      await copy.rows([keys.broken], { values: { category_id: [] } });
      await show(`/connections/${connection}?tab=waiting&entity=res.partner`);
      const row = page.getByRole('row').filter({ hasText: `res.partner ${keys.broken}` });
      await row.getByRole('button').click();
      await page.getByText('1 record is tried again').waitFor();
      await until(async () => {
        const path = `/api/v1/integrations/sync/set-asides?connection_id=${connection}`;
        return (await call('GET', path)).items.length === 0;
      }, 'the end of the list of records set aside');
      assert.equal((await record(keys.broken)).data.name, 'Cannot be read');
    });

    await check('a dead letter is processed again once its cause is gone, and is stored', async () => {
      const before = await call('GET', `/api/v1/webhooks/events/${keys.dead}`);
      assert.equal(before.status, 'dead');
      await copy.planned(FIELDS.filter((field) => field !== 'comment'));
      await copy.run({ full: true });
      await show(`/webhooks?tab=dead&event=${keys.dead}`);
      await dialog.getByText('It failed for good').waitFor();
      await dialog.getByRole('button', { name: 'Process again' }).click();
      await page.getByText(/is processed again|are processed again/).first().waitFor();
      const after = await until(async () => {
        const event = await call('GET', `/api/v1/webhooks/events/${keys.dead}`);
        return event.status === 'done' ? event : null;
      }, 'the end of the event');
      assert.equal(after.reason, null);
      const { items } = await call('GET', '/api/v1/webhooks/dead-letter?limit=200');
      assert.ok(items.every(({ id }) => id !== keys.dead));
      await dialog.getByText('It failed for good').waitFor({ state: 'detached' });
    });

    await check('nothing was blocked, no other host was asked', () => {
      assert.deepEqual(complaints, []);
    });
  } finally {
    await copy.remove();
    await context.close();
  }
}

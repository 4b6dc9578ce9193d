/** From the invitation to the first look around: asked for, mailed, read, followed, accepted. */
import assert from 'node:assert/strict';

import { visitor } from '../browser.mjs';
import { signInAsMember, signInAsStaff } from '../signIn.mjs';

const PASSWORD = 'a password of my own';

export async function invitations(setup) {
  const { browser, base, check } = setup;
  const owner = await visitor(browser, base);
  const staff = await visitor(browser, base);
  const email = `joiner-${Date.now()}@people.example`;
  let link = '';

  await check('an owner invites two people at once', async () => {
    const { page } = owner;
    await signInAsMember(page, setup, '/members');
    await page.getByRole('button', { name: 'Invite' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(`${email}, second-${email} `);
    await dialog.getByRole('combobox').first().selectOption('client');
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Invitations' }).click();
    await page.getByRole('row', { name: new RegExp(`^${email}`) }).getByText('Waiting').waitFor();
  });

  await check('staff read the captured mail', async () => {
    const { page } = staff;
    await signInAsStaff(page, setup, '/mails');
    await page.goto(`${base}/dashboard/mails`);
    const row = page.getByRole('row', { name: new RegExp(`^${email}`) });
    await row.getByRole('button', { name: /^Read/ }).click();
    const address = page.getByRole('dialog').getByRole('link');
    link = (await address.getAttribute('href')) ?? '';
    assert.match(link, /\/dashboard\/join#token=bc_invite_/);
    await page.keyboard.press('Escape');
  });

  const joiner = await visitor(browser, base);
  await check('the person joins and finds themselves inside', async () => {
    const { page } = joiner;
    // the mail names the platform by its own address, which tests need not be at
    await page.goto(base + new URL(link).pathname + new URL(link).hash);
    await page.getByRole('heading', { name: /^Join / }).waitFor();
    assert.equal(await page.locator('input[readonly]').inputValue(), email);
    await page.getByLabel('Your name').fill('Jo Iner');
    const [first, again] = await page.locator('input[type=password]').all();
    await first.fill(PASSWORD);
    await again.fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('#content h1').waitFor();
    assert.ok(!page.url().includes('token'));
  });

  await check('the same link tells kindly that it was used', async () => {
    const { page } = await visitor(browser, base);
    await page.goto(base + new URL(link).pathname + new URL(link).hash);
    await page.getByRole('heading', { name: 'You are in already' }).waitFor();
  });

  await check('what waits can be taken back', async () => {
    const { page } = owner;
    const row = page.getByRole('row', { name: new RegExp(`^second-${email}`) });
    await row.getByRole('button', { name: /Take back/ }).click();
    await page.getByRole('dialog').locator('button[type=submit]').click();
    await row.getByText('Taken back').waitFor();
  });

  await check('no complaints', () => {
    const all = [owner, staff, joiner].flatMap(({ complaints }) => complaints);
    assert.deepEqual(all, []);
  });
  for (const { context } of [owner, staff, joiner]) {
    await context.close();
  }
}

/** Coming in, staying in, and leaving: reloads, several tabs, links from outside. */
import assert from 'node:assert/strict';

import { visitor, watch } from '../browser.mjs';
import { signInAsStaff } from '../signIn.mjs';

export async function sessions(setup) {
  const { browser, base, options, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);

  await check('a wrong password is refused in words', async () => {
    await page.goto(`${base}/dashboard/`);
    await page.getByLabel('Email').fill(options.staff);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Email, password or code is wrong').waitFor();
    await page.getByRole('button', { name: 'Copy the correlation ID' }).waitFor();
  });

  await check('the first sign-in asks for a password of one’s own', () =>
    signInAsStaff(page, setup, '/tenants?status=active&sort=name'),
  );

  await check('a link leads to its page after signing in', async () => {
    const { context: other, page: visit } = await visitor(browser, base);
    await signInAsStaff(visit, setup, '/tenants?status=active&sort=name');
    await visit.waitForURL('**/tenants?status=active&sort=name');
    await other.close();
  });

  await check('no token is within reach of scripts', async () => {
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(stored, /eyJ/);
    assert.equal(await page.evaluate(() => document.cookie), '');
    const cookies = await context.cookies([`${base}/admin/auth/refresh`]);
    const kept = cookies.find(({ name }) => name === 'bc_staff_refresh');
    assert.ok(kept?.httpOnly);
    assert.equal(kept.sameSite, 'Strict');
  });

  await check('a reload stays signed in', async () => {
    await page.goto(`${base}/dashboard/tenants`);
    await page.getByRole('heading', { level: 1, name: 'Tenants' }).waitFor();
  });

  const second = await context.newPage();
  watch(second, base, complaints);
  await check('another tab is signed in, and both survive reloading at once', async () => {
    await second.goto(`${base}/dashboard/people`);
    await second.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await Promise.all([page.reload(), second.reload()]);
    await page.getByRole('heading', { level: 1, name: 'Tenants' }).waitFor();
    await second.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  });

  await check('signing out of one tab signs out of all', async () => {
    await page.getByRole('button', { name: /account and sign out/ }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL('**/sign-in*');
    await second.waitForURL('**/sign-in*');
    await second.reload();
    await second.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  });

  await check('nothing was blocked, nothing failed, no other host was asked', () => {
    assert.deepEqual(complaints, []);
  });
  await context.close();
}

/** People of a tenant see their own side of the app, and nothing of the platform's. */
import assert from 'node:assert/strict';

import { visitor } from '../browser.mjs';
import { signInAsMember } from '../signIn.mjs';

export async function roles(setup) {
  const { browser, base, check } = setup;
  const { context, page, complaints } = await visitor(browser, base);

  await check('a member signs in at the same door', () => signInAsMember(page, setup));

  await check('the menu names their company and holds no page of the platform', async () => {
    const menu = page.getByRole('navigation', { name: 'Menu' });
    await menu.getByText('Acme').waitFor();
    assert.equal(await menu.getByRole('link', { name: 'Tenants' }).count(), 0);
  });

  await check('a page of the platform says that it is not for them', async () => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${base}/dashboard/tenants`);
    await page.getByText('You are not allowed to do this').waitFor();
    assert.deepEqual(
      asked.filter((path) => path.startsWith('/admin/tenants')),
      [],
    );
  });

  await check('a reload keeps them signed in', async () => {
    await page.goto(`${base}/dashboard/account`);
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
  });

  await check('nothing was blocked, nothing else failed, no other host was asked', () => {
    const expected = /^console: ProblemError: This page needs the permission tenants:read/;
    assert.deepEqual(
      complaints.filter((complaint) => !expected.test(complaint)),
      [],
    );
  });
  await context.close();
}

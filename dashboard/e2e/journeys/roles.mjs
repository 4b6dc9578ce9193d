/**
 * Each role sees the pages that its permissions open and no others, as the API's own table of
 * roles says; a page opened by its address says kindly that it is not for them, and the API behind
 * it refuses the same call.
 */
import assert from 'node:assert/strict';

import { visitor } from '../browser.mjs';
import { settled } from '../pages.mjs';
import { signInAsStaff } from '../signIn.mjs';

const PASSWORD = 'a role of my own 42';
const FIRST_PASSWORD = 'handed over in person 17';

/** The pages of the menu, what each needs, and a call behind it that needs the same. */
const TENANT_PAGES = [
  ['/explorer', 'gateway:read', ['POST', '/api/v1/odoo/search_count', { model: 'res.partner', domain: [] }]],
  // whom the list itself is closed to finds one's own login there
  ['/connections', 'gateway:read', ['GET', '/api/v1/integrations/odoo/my-credentials']],
  ['/lake', 'lake:read', ['GET', '/api/v1/lake/entities']],
  ['/webhooks', 'webhooks:read', ['GET', '/api/v1/webhooks/status']],
  ['/activity', 'usage:read', ['GET', '/api/v1/logs/errors']],
  ['/automation', 'automation:read', ['GET', '/api/v1/metrics/my-metrics']],
  ['/members', 'members:read', ['GET', '/api/v1/members']],
  ['/roles', 'roles:read', ['GET', '/api/v1/roles']],
  ['/api-keys', 'api_keys:read', ['GET', '/api/v1/api-keys']],
  ['/alerts', 'alerts:read', ['GET', '/api/v1/alerts']],
  ['/audit', 'audit:read', ['GET', '/api/v1/audit']],
];
const STAFF_PAGES = [
  ['/overview', 'usage:read', ['GET', '/admin/analytics/overview']],
  ['/tenants', 'tenants:read', ['GET', '/admin/tenants']],
  ['/clients', 'automation:read', ['GET', '/api/v1/clients']],
  ['/plans', 'plans:read', ['GET', '/admin/plans']],
  ['/analytics', 'usage:read', ['GET', '/admin/analytics/requests']],
  ['/logs/usage', 'logs:read', ['GET', '/admin/logs/usage']],
  ['/logs/errors', 'logs:read', ['GET', '/admin/logs/errors']],
  ['/jobs', 'jobs:read', ['GET', '/admin/jobs']],
  ['/people', 'users:read', ['GET', '/admin/users']],
  ['/staff', 'staff:read', ['GET', '/admin/staff']],
  ['/alerts', 'alerts:read', ['GET', '/admin/alerts']],
  ['/audit', 'audit:read', ['GET', '/admin/audit']],
  ['/mails', 'platform:read', ['GET', '/admin/mails']],
  ['/platform', 'platform:read', ['GET', '/admin/metrics/platform']],
];
/** What changes something: where it is offered, what it needs, how it is named, the call behind. */
const TENANT_ACTS = [
  ['/connections', 'connections:write', 'Connect a system', ['POST', '/api/v1/integrations', {}]],
  ['/members', 'members:write', 'Invite', ['POST', '/api/v1/auth/invitations', { email: 'not an address' }]],
  ['/roles', 'roles:write', 'New role', ['POST', '/api/v1/roles', {}]],
  ['/api-keys', 'api_keys:write', 'New API key', ['POST', '/api/v1/api-keys', {}]],
];
const STAFF_ACTS = [
  ['/tenants', 'tenants:write', 'New tenant', ['POST', '/admin/tenants', {}]],
  ['/plans', 'plans:write', 'New plan', ['POST', '/admin/plans', {}]],
  ['/staff', 'staff:write', 'Add staff', ['POST', '/admin/staff', {}]],
];

const mark = Date.now().toString(36);

export async function roles(setup) {
  const { browser, base, options } = setup;
  const door = await visitor(browser, base);
  await signInAsStaff(door.page, setup);
  const staff = await api(door.context, base, '/admin/auth/login', options.staff, options['new-password']);
  const owner = await api(
    door.context,
    base,
    '/api/v1/auth/tenant/login',
    options.member,
    options['member-password'],
  );

  const own = `readers-${mark}`;
  const made = await owner('POST', '/api/v1/roles', {
    code: own,
    name: 'Readers of traffic',
    permissions: ['usage:read', 'audit:read', 'roles:read'],
  });
  assert.equal(made.status(), 201, await made.text());

  const table = (await (await owner('GET', '/api/v1/roles')).json()).items;
  for (const code of ['owner', 'admin', 'manager', 'user', 'client', own]) {
    const email = `${code}-${mark}@roles.example`;
    const added = await owner('POST', '/api/v1/members', {
      email,
      full_name: `Role ${code}`,
      role: code,
      password: FIRST_PASSWORD,
    });
    assert.equal(added.status(), 201, await added.text());
    await seesWhatItMay(setup, {
      name: code === own ? 'a role of its own making' : `tenant ${code}`,
      email,
      login: '/api/v1/auth/tenant/login',
      held: table.find((role) => role.code === code).permissions,
      pages: TENANT_PAGES,
      acts: TENANT_ACTS,
      others: STAFF_PAGES,
    });
  }

  const staffTable = (await (await staff('GET', '/admin/roles')).json()).items;
  for (const code of ['super_admin', 'admin', 'support']) {
    const email = `staff-${code}-${mark}@roles.example`;
    const added = await staff('POST', '/admin/staff', {
      email,
      full_name: `Role ${code}`,
      role: code,
      password: FIRST_PASSWORD,
    });
    assert.equal(added.status(), 201, await added.text());
    await seesWhatItMay(setup, {
      name: `staff ${code}`,
      email,
      login: '/admin/auth/login',
      held: staffTable.find((role) => role.code === code).permissions,
      pages: STAFF_PAGES,
      acts: STAFF_ACTS,
      others: TENANT_PAGES,
    });
  }
  await door.context.close();
}

async function seesWhatItMay({ browser, base, check }, who) {
  const { context, page, complaints } = await visitor(browser, base);
  const may = (permission) => covers(who.held, permission);
  const menu = page.getByRole('navigation', { name: 'Menu' });
  let call;

  await check(`${who.name}: signs in`, async () => {
    await page.goto(`${base}/dashboard/account`);
    await page.getByLabel('Email').fill(who.email);
    await page.getByLabel('Password', { exact: true }).fill(FIRST_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // a password that somebody else chose opens nothing but the page to change it
    await page.waitForURL('**/new-password');
    await page.locator('input[type=password]').nth(2).waitFor();
    const [current, next, again] = await page.locator('input[type=password]').all();
    await current.fill(FIRST_PASSWORD);
    await next.fill(PASSWORD);
    await again.fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('#content h1').waitFor();
    call = await api(context, base, who.login, who.email, PASSWORD);
  });

  await check(`${who.name}: the menu is what its permissions open`, async () => {
    const links = await menu.getByRole('link').evaluateAll((found) =>
      found.map((link) => new URL(link.href).pathname.replace('/dashboard', '')),
    );
    // parts that bring pages of their own name them in their own journeys
    const named = new Set([...who.pages, ...who.others].map(([path]) => path));
    const expected = who.pages.filter(([, permission]) => may(permission)).map(([path]) => path);
    assert.deepEqual(links.filter((path) => named.has(path)).sort(), expected.sort());
  });

  for (const [path, permission, behind] of who.pages) {
    const isOpen = may(permission);
    await check(`${who.name}: ${path} is ${isOpen ? 'open' : 'closed'}, and so is the API`, async () => {
      await page.goto(`${base}/dashboard${path}`);
      await settled(page);
      const refusal = page.getByText('You are not allowed to do this');
      if (isOpen) {
        await page.locator('#content h1').waitFor();
        assert.equal(await refusal.count(), 0);
      } else {
        await refusal.waitFor();
        await page.getByText(`This page needs the permission ${permission}`).waitFor();
      }
      const status = (await call(...behind)).status();
      assert.equal(status === 403, !isOpen, `${behind[1]} answered ${status}`);
      assert.ok(isOpen ? status < 300 : true, `${behind[1]} answered ${status}`);
    });
  }

  for (const [path, permission, button, behind] of who.acts) {
    const needed = who.pages.find(([known]) => known === path)[1];
    const isOpen = may(permission);
    await check(`${who.name}: “${button}” is ${isOpen ? 'offered' : 'kept from them'}, and so by the API`, async () => {
      if (may(needed)) {
        await page.goto(`${base}/dashboard${path}`);
        await settled(page);
        const offered = page.locator('#content header').getByText(button, { exact: true });
        assert.equal((await offered.count()) > 0, isOpen);
      }
      const status = (await call(...behind)).status();
      // what may do it is told what is wrong with it instead
      assert.equal(status, isOpen ? 422 : 403, `${behind[1]} answered ${status}`);
    });
  }

  await check(`${who.name}: the other side's pages are for others`, async () => {
    const [path] = who.others.find(([known]) => !who.pages.some(([own]) => own === known));
    await page.goto(`${base}/dashboard${path}`);
    await page.getByText('You are not allowed to do this').waitFor();
  });

  await check(`${who.name}: nothing was blocked, nothing else failed`, () => {
    const expected = /^console: ProblemError: This page (needs the permission|is for others)/;
    assert.deepEqual(complaints.filter((complaint) => !expected.test(complaint)), []);
  });
  await context.close();
}

/** What `held` says about one permission: by name, by `subject:*`, by `*`. */
function covers(held, permission) {
  return [permission, `${permission.split(':')[0]}:*`, '*'].some((one) => held.includes(one));
}

async function api(context, base, login, email, password) {
  const answer = await context.request.post(`${base}${login}`, { data: { email, password } });
  assert.equal(answer.status(), 200, await answer.text());
  const { access_token: token } = await answer.json();
  return (method, path, data) =>
    context.request.fetch(`${base}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      ...(data === undefined ? {} : { data }),
    });
}

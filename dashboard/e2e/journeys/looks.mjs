/**
 * Every page in every language, light and dark, wide and narrow: photographed, free of findings
 * of axe that are serious or critical, and never wider than the screen.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { visitor } from '../browser.mjs';
import { signInAsMember, signInAsStaff } from '../signIn.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const OUTSIDE = [
  ['sign-in', '/sign-in'],
  ['forgot-password', '/forgot-password'],
  ['reset-password', '/reset-password?token=none'],
];

async function inside(page, base) {
  await page.goto(`${base}/dashboard/tenants?search=acme&sort=name`);
  const href = await page.locator('tbody a').first().getAttribute('href');
  const acme = href.replace('/dashboard', '');
  return [
    ['tenants', '/tenants'],
    ['tenants-none', '/tenants?search=nobody-is-called-so'],
    ['tenant', acme],
    ...['errors', 'requests', 'people', 'connections', 'audit'].map((tab) => [
      `tenant-${tab}`,
      `${acme}?tab=${tab}`,
    ]),
    ['tenant-new', '/tenants/new'],
    ['tenant-edit', `${acme}/edit`],
    ['overview', '/overview'],
    ['analytics', '/analytics?compare=true'],
    ['analytics-none', '/analytics?model=no.such.model'],
    ['usage-log', '/logs/usage'],
    ['request-none', '/logs/usage/no-request-has-this-id-0'],
    ['error-log', '/logs/errors?state=all'],
    ['error-log-none', '/logs/errors?search=nothing-is-called-so'],
    ['jobs', '/jobs'],
    ['schedule', '/jobs?tab=schedule'],
    ['people', '/people'],
    ['plans', '/plans'],
    ['plan-new', '/plans/new'],
    ['staff', '/staff'],
    ['audit', '/audit'],
    ['audit-none', '/audit?search=nothing.is-called-so'],
    ['platform', '/platform'],
    ['account', '/account'],
    ['missing', '/nowhere'],
    ['search', '/tenants', (shown) => shown.keyboard.press('Control+k')],
    [
      'suspend',
      acme,
      (shown) => shown.locator('header button:not([class*=dangerous])').last().click(),
    ],
    ['delete', acme, (shown) => shown.locator('#content header button').last().click()],
  ];
}

const FILTER = encodeURIComponent(
  JSON.stringify([['name', 'ilike', 'a'], '|', ['active', '=', true], ['country_id', 'in', [57]]]),
);

/** What the owner of a tenant is shown. */
const COMPANY = [
  ['home', '/home'],
  ['explorer-begin', '/explorer'],
  ['explorer', '/explorer?model=res.partner'],
  ['explorer-filter', `/explorer?model=res.partner&domain=${FILTER}`],
  ['explorer-closed', '/explorer?model=ir.config_parameter'],
  ['record', '/explorer?model=res.partner&record=1', (shown) => shown.locator('dialog dd').first().waitFor()],
  ['activity-errors', '/activity'],
  ['activity-requests', '/activity?tab=requests'],
  ['activity-days', '/activity?tab=days'],
  ['members', '/members'],
  ['member-new', '/members', (shown) => shown.locator('#content header button').click()],
  ['roles', '/roles'],
  ['role-new', '/roles', (shown) => shown.locator('#content header button').click()],
  ['api-keys', '/api-keys'],
  ['api-key-new', '/api-keys', (shown) => shown.locator('#content header button').click()],
  ['connection', '/connection'],
  ['own-audit', '/audit'],
];

export async function looks(setup) {
  const { browser, base, options, out, check } = setup;
  for (const language of ['en', 'ru', 'ar']) {
    for (const theme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        const look = `${language}-${theme}-${width}`;
        if (!look.includes(options.look)) {
          continue;
        }
        const appearance = { language, theme, width };
        const { context, page, complaints } = await visitor(browser, base, appearance);
        const visit = async ([name, path, act], page) => {
          await page.goto(`${base}/dashboard${path}`);
          await page.locator('h1, main p').first().waitFor();
          await loaded(page);
          await act?.(page);
          await page.waitForTimeout(250);
          await page.screenshot({ path: join(out, `${name}-${look}.png`), fullPage: act === undefined });
          await check(`${name} ${look}`, async () => {
            await fits(page);
            await accessible(page);
          });
        };
        for (const one of OUTSIDE) {
          await visit(one, page);
        }
        await signInAsStaff(page, setup);
        for (const one of await inside(page, base)) {
          await visit(one, page);
        }
        const member = await visitor(browser, base, appearance);
        await signInAsMember(member.page, setup);
        for (const one of COMPANY) {
          await visit(one, member.page);
        }
        await check(`no complaints ${look}`, () => {
          assert.deepEqual([...complaints, ...member.complaints], []);
        });
        await context.close();
        await member.context.close();
      }
    }
  }
}

/** Nothing is on its way any more. The network itself never rests: news come over it. */
async function loaded(page) {
  await page.waitForTimeout(300);
  await page.waitForFunction(
    () => document.querySelector('[class*="skeleton"], [aria-busy="true"]') === null,
  );
}

async function fits(page) {
  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= screen, `the page is ${content} px wide on a screen of ${screen} px`);
}

async function accessible(page) {
  // evaluated by the debugger, so the page's policy need not allow it
  const findings = await page.evaluate(`${AXE}; axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html.slice(0, 160))))`);
  assert.deepEqual(findings, []);
}

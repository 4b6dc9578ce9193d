/**
 * Every page in every language, light and dark, wide and narrow: photographed, free of findings
 * of axe that are serious or critical, and never wider than the screen.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { succeeding, TENANT_LOGIN, until } from '../api.mjs';
import { visitor } from '../browser.mjs';
import { COMPANY, OUTSIDE, settled } from '../pages.mjs';
import { signInAsMember, signInAsStaff } from '../signIn.mjs';
import { colleaguePages, staffPages } from '../staffPages.mjs';
import { doorPages, emptyPages, troubledPages } from '../tenantStates.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * The pages of each side, once somebody of that side has signed in. Those that had to bring something
 * about answer `{ pages, end }`, and `end` takes it away again.
 */
const SIDES = {
  outside: () => OUTSIDE,
  doors: (_, setup) => doorPages(setup),
  staff: async (page, setup) => {
    await signInAsStaff(page, setup);
    return staffPages(page, setup);
  },
  colleague: colleaguePages,
  tenant: async (page, setup) => {
    await pushedEvent(setup);
    await signInAsMember(page, setup);
    return COMPANY;
  },
  empty: async (page, setup) => {
    const { person, ...found } = await emptyPages(setup);
    const options = { member: person.email, 'member-password': person.password };
    await signInAsMember(page, { ...setup, options });
    return found;
  },
  troubled: async (page, setup) => {
    await signInAsMember(page, setup);
    return troubledPages(setup);
  },
};

/** A company that was just founded has no event of its sources to look at yet. */
async function pushedEvent({ base, options }) {
  const owner = [options.member, options['member-password']];
  const call = await succeeding(base, TENANT_LOGIN, ...owner);
  const events = '/api/v1/webhooks/events';
  if ((await call('GET', events)).events.length === 0) {
    await call('POST', '/api/v1/webhooks/push', { model: 'res.partner', record_id: 1 });
    await until(async () => (await call('GET', events)).events.length > 0, 'the pushed event');
  }
}

export async function looks(setup) {
  const { browser, base, options, check } = setup;
  const sides = Object.keys(SIDES).filter((side) => side.includes(options.side));
  const parts = options.page.split(',');
  for (const language of ['en', 'ru', 'ar']) {
    for (const theme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        const look = `${language}-${theme}-${width}`;
        for (const side of look.includes(options.look) ? sides : []) {
          const appearance = { language, theme, width };
          const { context, page, complaints } = await visitor(browser, base, appearance);
          const found = await SIDES[side](page, setup);
          const { pages, end } = Array.isArray(found) ? { pages: found } : found;
          for (const one of pages) {
            if (parts.some((part) => one[0].includes(part))) {
              await check(`${one[0]} ${look}`, () => visit(one, page, look, setup));
            }
          }
          await end?.();
          await check(`no complaints of ${side} ${look}`, () => {
            // the page that is for others says so, in the console too
            const expected = /^console: ProblemError: This page (needs the permission|is for others)/;
            assert.deepEqual(complaints.filter((complaint) => !expected.test(complaint)), []);
          });
          await context.close();
        }
      }
    }
  }
}

async function visit([name, path, act], page, look, { base, out }) {
  await page.goto(`${base}/dashboard${path}`);
  await settled(page);
  await act?.(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: join(out, `${name}-${look}.png`), fullPage: act === undefined });
  await fits(page);
  await accessible(page);
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

/**
 * Every page in every language, light and dark, wide and narrow: photographed, free of findings
 * of axe that are serious or critical, and never wider than the screen.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { visitor } from '../browser.mjs';
import { COMPANY, OUTSIDE, settled, staffPages } from '../pages.mjs';
import { signInAsMember, signInAsStaff } from '../signIn.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
          await settled(page);
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
        for (const one of await staffPages(page, base)) {
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

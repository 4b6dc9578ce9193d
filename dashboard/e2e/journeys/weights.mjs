/** Every page as the first one somebody opens: how much JavaScript it costs, in Russian, the longest. */
import assert from 'node:assert/strict';

import { visitor } from '../browser.mjs';
import { COMPANY, OUTSIDE, settled } from '../pages.mjs';
import { signInAsMember, signInAsStaff } from '../signIn.mjs';
import { staffPages } from '../staffPages.mjs';
import { LIMIT, scripts } from '../weight.mjs';

export async function weights(setup) {
  const { browser, base, check } = setup;
  const staff = await visitor(browser, base, { language: 'ru' });
  const member = await visitor(browser, base, { language: 'ru' });
  const table = [];
  const weigh = async (page, pages) => {
    for (const [name, path, act] of pages) {
      if (act === undefined) {
        await page.goto(`${base}/dashboard${path}`);
        await settled(page);
        const loaded = await scripts(page);
        table.push({
          name,
          bytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0),
          count: loaded.length,
          largest: loaded.slice(0, 3).map(({ address, bytes }) => `${nameOf(address)} ${bytes}`),
        });
      }
    }
  };
  await weigh(staff.page, OUTSIDE);
  await signInAsStaff(staff.page, setup);
  await weigh(staff.page, await staffPages(staff.page, setup));
  await signInAsMember(member.page, setup);
  await weigh(member.page, COMPANY);
  table.sort((one, other) => other.bytes - one.bytes);
  for (const { name, bytes, count } of table) {
    console.log(`  ${(bytes / 1000).toFixed(1).padStart(8)} kB  ${String(count).padStart(3)} files  ${name}`);
  }
  await check(`no first page loads more than ${LIMIT / 1000} kB of JavaScript, compressed`, () => {
    assert.deepEqual(
      table.filter(({ bytes }) => bytes > LIMIT),
      [],
    );
  });
  await staff.context.close();
  await member.context.close();
}

function nameOf(address) {
  return new URL(address).pathname.split('/').at(-1);
}

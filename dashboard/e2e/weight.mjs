/** How much JavaScript the page that is open now has loaded, as it travels: compressed. */
import { gzipSync } from 'node:zlib';

/** The most a first visit may load, in bytes of gzip. */
export const LIMIT = 250_000;

/** Bytes of gzip of every script of `page`, the largest first. */
export async function scripts(page) {
  const addresses = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => new URL(name).pathname.endsWith('.js')),
  );
  const weights = await Promise.all(
    [...new Set(addresses)].map(async (address) => {
      const body = await (await fetch(address)).arrayBuffer();
      return { address, bytes: gzipSync(body).length };
    }),
  );
  return weights.sort((one, other) => other.bytes - one.bytes);
}

/** Fails when `page` has loaded more than `LIMIT`, naming the largest scripts. */
export async function light(page) {
  await page.waitForLoadState('networkidle');
  const loaded = await scripts(page);
  const total = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > LIMIT) {
    const largest = loaded.slice(0, 5).map(({ address, bytes }) => `${address} ${bytes}`);
    throw new Error(`${total} bytes of JavaScript, more than ${LIMIT}:\n${largest.join('\n')}`);
  }
}

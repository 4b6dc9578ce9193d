/** How much JavaScript the page that is open now has loaded, as it travels: compressed. */
import { gzipSync } from 'node:zlib';

/** The most a first visit may load, in bytes of gzip. */
export const LIMIT = 250_000;

/** Bytes of gzip by address: assets never change under one address. */
const known = new Map();

async function weigh(address) {
  const body = await (await fetch(address)).arrayBuffer();
  return gzipSync(body, { level: 9 }).length;
}

/** Every script that `page` has loaded with its bytes of gzip, the largest first. */
export async function scripts(page) {
  const addresses = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => new URL(name).pathname.endsWith('.js')),
  );
  const weights = await Promise.all(
    [...new Set(addresses)].map(async (address) => {
      if (!known.has(address)) {
        known.set(address, await weigh(address));
      }
      return { address, bytes: known.get(address) };
    }),
  );
  return weights.sort((one, other) => other.bytes - one.bytes);
}

/**
 * Many screenshots on one picture, to look at them side by side.
 *
 *   node e2e/sheets.mjs FOLDER [PART] [COLUMNS] [--tall]
 *
 * Writes `sheet-PART-1.png` and so on beside the screenshots whose names contain PART.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './browser.mjs';

const [folder, part = '', columns = '4'] = process.argv.slice(2).filter((one) => !one.startsWith('--'));
const height = process.argv.includes('--tall') ? 900 : 480;
const across = Number(columns);
const each = across * 3;

const names = (await readdir(folder))
  .filter((name) => name.endsWith('.png') && name.includes(part) && !name.startsWith('sheet-'))
  .sort();
const browser = await launch('/usr/bin/chromium');
const page = await browser.newPage({ viewport: { width: 2000, height: 1200 } });
for (let at = 0; at < names.length; at += each) {
  const cells = await Promise.all(
    names.slice(at, at + each).map(async (name) => {
      const data = (await readFile(join(folder, name))).toString('base64');
      return `<figure><figcaption>${name}</figcaption><div><img src="data:image/png;base64,${data}"></div></figure>`;
    }),
  );
  await page.setContent(`<style>
    body { display: grid; grid-template-columns: repeat(${across}, 1fr); gap: 8px; margin: 8px; font: 13px sans-serif; background: #888 }
    figure { margin: 0; min-width: 0 } div { height: ${height}px; overflow: hidden; background: #fff } img { width: 100% }
  </style>${cells.join('')}`);
  const path = join(folder, `sheet-${part}-${at / each + 1}.png`);
  await page.screenshot({ path, fullPage: true });
  console.log(path);
}
await browser.close();

/**
 * Many screenshots on one picture, packed closely, to look at them side by side.
 *
 *   node e2e/sheets.mjs FOLDER [COLUMNS] [HEIGHT]
 *
 * Writes `sheet-01.png` and so on beside the screenshots: COLUMNS across (3; narrow ones are still
 * read at 8), each cut off below HEIGHT (420) of the sheet's own pixels.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './browser.mjs';

const WIDTH = 1250;
const HEIGHT = 950;
const GAP = 4;
const CAPTION = 12;

const [folder, columns = '3', tallest = '420'] = process.argv.slice(2);
const across = Number(columns);
const each = Math.floor((WIDTH - GAP * (across - 1)) / across);

const names = (await readdir(folder))
  .filter((name) => name.endsWith('.png') && !name.startsWith('sheet-'))
  .sort();
const browser = await launch('/usr/bin/chromium');
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });

let sheets = 0;
let filled = Array(across).fill(0);
let figures = [];

async function write() {
  sheets += 1;
  await page.setContent(
    `<style>body { margin: 0; background: #606; font: 10px sans-serif; color: #fff }
     div { position: absolute; overflow: hidden; white-space: nowrap } img { width: 100% }</style>${figures.join('')}`,
  );
  const path = join(folder, `sheet-${String(sheets).padStart(2, '0')}.png`);
  await page.screenshot({ path });
  console.log(path);
  filled = Array(across).fill(0);
  figures = [];
}

for (const name of names) {
  const png = await readFile(join(folder, name));
  // a PNG begins with its width and height, at bytes 16 and 20
  const scaled = Math.round((png.readUInt32BE(20) * each) / png.readUInt32BE(16));
  const height = Math.min(scaled, Number(tallest)) + CAPTION;
  let column = filled.findIndex((used) => used + height <= HEIGHT);
  if (column < 0) {
    await write();
    column = 0;
  }
  const place = `left: ${column * (each + GAP)}px; top: ${filled[column]}px; width: ${each}px; height: ${height - 1}px`;
  figures.push(
    `<div style="${place}">${name}<br><img src="data:image/png;base64,${png.toString('base64')}"></div>`,
  );
  filled[column] += height;
}
if (figures.length > 0) await write();
await browser.close();

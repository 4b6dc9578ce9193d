/** Writes every text of the build compressed as well, so that the server sends it without work. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import type { Plugin } from 'vite';

const TEXTS = /\.(js|css|svg)$/;
/** Below this nothing is won. */
const SMALLEST = 512;

export function compressedAssets(): Plugin {
  let folder = '';
  return {
    name: 'compressed-assets',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(
        names
          .filter((name) => TEXTS.test(name))
          .map(async (name) => {
            const path = join(folder, name);
            const content = await readFile(path);
            if (content.length < SMALLEST) {
              return;
            }
            const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
            await Promise.all([
              promisify(gzip)(content, { level: 9 }).then((body) => writeFile(`${path}.gz`, body)),
              promisify(brotliCompress)(content, { params: quality }).then((body) =>
                writeFile(`${path}.br`, body),
              ),
            ]);
          }),
      );
    },
  };
}

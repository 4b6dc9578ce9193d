/**
 * The dashboard in a real browser against a real platform.
 *
 *   npm run e2e -- --base http://127.0.0.1:8000 [--out FOLDER] [--only NAME] [--look PART] [--side SIDE]
 *     [--page PARTS] [--chromium PATH] [--python PATH]
 *
 * `--look ar-dark`, `--side outside|doors|staff|tenant|empty|troubled` and `--page tenant,plan`
 * leave out other photographs.
 * Expects the demo data of `bridgecore up`, started with OUTBOUND_ALLOW=127.0.0.1: some journeys bring
 * an Odoo of their own. `agency` brings a whole platform with a mail server and needs no other.
 * Screenshots go to a temporary folder unless `--out` names one. Ends with 1 when anything was not as
 * it should be.
 */
import { mkdtemp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launch } from './browser.mjs';
import { agency } from './journeys/agency.mjs';
import { automation } from './journeys/automation.mjs';
import { company } from './journeys/company.mjs';
import { invitations } from './journeys/invitations.mjs';
import { looks } from './journeys/looks.mjs';
import { platform } from './journeys/platform.mjs';
import { roles } from './journeys/roles.mjs';
import { sessions } from './journeys/sessions.mjs';
import { story } from './journeys/story.mjs';
import { sync } from './journeys/sync.mjs';
import { tenants } from './journeys/tenants.mjs';
import { trouble } from './journeys/trouble.mjs';
import { weights } from './journeys/weights.mjs';

const { values: options } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8000' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    out: { type: 'string' },
    // runs the simulators that journeys need beside the demo's
    python: { type: 'string', default: fileURLToPath(new URL('../../.venv/bin/python', import.meta.url)) },
    only: { type: 'string' },
    look: { type: 'string', default: '' },
    side: { type: 'string', default: '' },
    page: { type: 'string', default: '' },
    staff: { type: 'string', default: 'admin@bridgecore.local' },
    'staff-password': { type: 'string', default: 'admin123' },
    'new-password': { type: 'string', default: 'correct horse 42' },
    member: { type: 'string', default: 'owner@acme.example' },
    'member-password': { type: 'string', default: 'demo-demo' },
  },
});

const JOURNEYS = {
  sessions,
  story,
  tenants,
  platform,
  roles,
  company,
  invitations,
  sync,
  trouble,
  automation,
  agency,
  weights,
  looks,
};

const out = options.out ?? (await mkdtemp(join(tmpdir(), 'dashboard-')));
await mkdir(out, { recursive: true });
const browser = await launch(options.chromium);
const failures = [];

/** One thing that has to hold. The others are tried all the same. */
async function check(name, work) {
  const began = performance.now();
  try {
    await work();
    console.log(`  ok    ${name} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`  FAIL  ${name}\n        ${String(error.stack ?? error).replaceAll('\n', '\n        ')}`);
  }
}

try {
  for (const [name, journey] of Object.entries(JOURNEYS)) {
    if (options.only === undefined || options.only === name) {
      console.log(name);
      await journey({ browser, options, base: new URL(options.base).origin, out, check });
    }
  }
} finally {
  await browser.close();
}
console.log(`\nscreenshots in ${out}`);
if (failures.length > 0) {
  console.log(`${failures.length} failed: ${failures.join('; ')}`);
  process.exitCode = 1;
}

/**
 * Lighthouse's figures for the pages people begin with, on the built app as the platform serves it.
 *
 *   npm run lighthouse -- --base http://127.0.0.1:8000 [--only PART] [--chromium PATH]
 *
 * Lighthouse itself is large and needed here alone, so npx fetches it the first time (or `--cli`
 * names one that is installed). Each page is measured three times with an empty cache, the middle
 * counts. Ends with 1 when performance or accessibility of any page is below 95.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { chromium } from 'playwright-core';

import { FLAGS } from './browser.mjs';
import { signInAsMember, signInAsStaff } from './signIn.mjs';

const LEAST = 95;
const ROUNDS = 3;

const { values: options } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8000' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    cli: { type: 'string' },
    only: { type: 'string', default: '' },
    staff: { type: 'string', default: 'admin@bridgecore.local' },
    'staff-password': { type: 'string', default: 'admin123' },
    'new-password': { type: 'string', default: 'correct horse 42' },
    member: { type: 'string', default: 'owner@acme.example' },
    'member-password': { type: 'string', default: 'demo-demo' },
  },
});

const VISITS = [
  [null, [['sign-in', '/sign-in']]],
  [
    signInAsStaff,
    [
      ['overview', '/overview'],
      ['tenants', '/tenants'],
      ['usage-log', '/logs/usage'],
      ['error-log', '/logs/errors?state=all'],
      ['analytics', '/analytics'],
      ['alerts', '/alerts'],
    ],
  ],
  [
    signInAsMember,
    [
      ['home', '/home'],
      ['explorer', '/explorer?model=res.partner'],
      ['connections', '/connections'],
      ['automation', '/automation'],
    ],
  ],
];

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'lighthouse-'));

/** The figures of one run: performance, accessibility (0 to 100) and what they are made of. */
async function measure(url, port) {
  const report = join(folder, 'report.json');
  const [command, first] =
    options.cli === undefined ? ['npx', ['--yes', 'lighthouse@13.5.0']] : [options.cli, []];
  await run(command, [
    ...first,
    url,
    `--port=${port}`,
    '--preset=desktop',
    '--disable-storage-reset',
    '--only-categories=performance,accessibility',
    '--output=json',
    `--output-path=${report}`,
    // a page keeps its stream of live news open, so the network never falls quiet
    '--max-wait-for-load=15000',
    '--quiet',
  ]);
  const { categories, audits, finalDisplayedUrl } = JSON.parse(await readFile(report, 'utf8'));
  return {
    address: new URL(finalDisplayedUrl).pathname,
    performance: Math.round(categories.performance.score * 100),
    accessibility: Math.round(categories.accessibility.score * 100),
    paint: audits['largest-contentful-paint'].numericValue,
    blocked: audits['total-blocking-time'].numericValue,
    shift: audits['cumulative-layout-shift'].numericValue,
    failing: categories.accessibility.auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score === 0)
      .map(({ id }) => id),
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const base = new URL(options.base).origin;
let isGood = true;
console.log('perf  a11y    LCP ms  TBT ms    CLS  page');
try {
  for (const [signIn, pages] of VISITS) {
    const wanted = pages.filter(([name]) => name.includes(options.only));
    if (wanted.length === 0) {
      continue;
    }
    const port = await freePort();
    const context = await chromium.launchPersistentContext(
      await mkdtemp(join(folder, 'profile-')),
      {
        executablePath: options.chromium,
        args: [...FLAGS, `--remote-debugging-port=${port}`],
        viewport: null,
      },
    );
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = await context.newCDPSession(page);
    for (const [name, path] of wanted) {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        // a page that is left while it renews its session may take the session with it
        await context.clearCookies();
        await signIn?.(page, { base, options });
        await page.goto('about:blank');
        await browser.send('Network.clearBrowserCache');
        rounds.push(await measure(`${base}/dashboard${path}`, port));
      }
      rounds.sort((one, other) => one.performance - other.performance);
      const middle = rounds[Math.floor(ROUNDS / 2)];
      const isRight = middle.address === `/dashboard${path.split('?')[0]}`;
      isGood &&= isRight && middle.performance >= LEAST && middle.accessibility >= LEAST;
      console.log(
        [
          String(middle.performance).padStart(4),
          String(middle.accessibility).padStart(4),
          middle.paint.toFixed(0).padStart(8),
          middle.blocked.toFixed(0).padStart(6),
          middle.shift.toFixed(3).padStart(5),
          ` ${name}${isRight ? '' : ` (ended at ${middle.address})`}`,
          middle.failing.join(' '),
        ].join('  '),
      );
    }
    await context.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = isGood ? 0 : 1;

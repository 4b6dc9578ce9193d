// @vitest-environment node
import { expect, it } from 'vitest';

import { nextRun } from './cron';

const NOW = Date.parse('2026-11-22T14:30:00Z'); // a Sunday

it.each([
  ['* * * * *', '2026-11-22T14:31:00Z'],
  ['5 * * * *', '2026-11-22T15:05:00Z'],
  ['*/15 * * * *', '2026-11-22T14:45:00Z'],
  ['30 0 * * *', '2026-11-23T00:30:00Z'],
  ['30 14 * * *', '2026-11-23T14:30:00Z'],
  ['0 9-17/4 * * *', '2026-11-22T17:00:00Z'],
  ['0 3 1,15 * *', '2026-12-01T03:00:00Z'],
  ['0 3 * * 1', '2026-11-23T03:00:00Z'],
  ['0 3 * * 7', '2026-11-29T03:00:00Z'],
  ['0 3 25 * 2', '2026-11-24T03:00:00Z'],
  ['0 0 29 2 *', '2028-02-29T00:00:00Z'],
])('%s comes next at %s', (cron, expected) => {
  const next = nextRun(cron, NOW);
  expect(next === null ? null : new Date(next).toISOString()).toBe(
    new Date(expected).toISOString(),
  );
});

it.each(['', '* * * *', '60 * * * *', 'a * * * *', '0 0 30 2 *', '*/0 * * * *', '0 24 * * *'])(
  'has no next time for "%s"',
  (cron) => {
    expect(nextRun(cron, NOW)).toBeNull();
  },
);

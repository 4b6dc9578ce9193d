// @vitest-environment node
import { expect, it } from 'vitest';

import { exactTime, readableTime } from './time';

const NOW = Date.parse('2026-03-10T12:00:00Z');

it.each([
  ['2026-03-10T11:59:40Z', 'now'],
  ['2026-03-10T11:55:00Z', '5 minutes ago'],
  ['2026-03-10T09:00:00Z', '3 hours ago'],
  ['2026-03-10T14:00:00Z', 'in 2 hours'],
  ['2026-03-01T23:30:00Z', '2 Mar, 08:30'],
  ['2025-12-31T14:00:00Z', '31 Dec 2025'],
])('%s reads as %s in Tokyo', (iso, words) => {
  expect(readableTime(iso, 'en-GB', 'Asia/Tokyo', NOW)).toBe(words);
});

it('takes the year of the zone, not that of UTC', () => {
  const newYear = Date.parse('2026-01-02T12:00:00Z');
  expect(readableTime('2025-12-31T23:30:00Z', 'en-GB', 'Asia/Tokyo', newYear)).toBe('1 Jan, 08:30');
});

it('gives the exact moment in the zone and in UTC', () => {
  expect(exactTime('2026-03-10T11:59:40Z', 'en-GB', 'Asia/Tokyo')).toBe(
    '10 Mar 2026, 20:59:40 Asia/Tokyo · 2026-03-10T11:59:40Z',
  );
});

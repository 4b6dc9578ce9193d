// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { boundsBefore, boundsOf, fromLocal, readPeriod, toLocal } from './period';

const NOW = Date.parse('2026-11-22T14:30:00Z');

describe('the period in an address', () => {
  it('is the usual one when nothing is said, and then is not written', () => {
    expect(readPeriod({}, '7d')).toEqual({});
    expect(readPeriod({ span: '7d' }, '7d')).toEqual({});
    expect(readPeriod({ span: '30d' }, '7d')).toEqual({ span: '30d' });
  });

  it('is two moments, whatever zone they were written in', () => {
    expect(
      readPeriod({ from: '2026-11-10T01:00+01:00', to: '2026-11-12', span: '24h' }, '7d'),
    ).toEqual({ from: '2026-11-10T00:00:00.000Z', to: '2026-11-12T00:00:00.000Z' });
  });

  it.each([
    { from: '2026-11-12', to: '2026-11-10' },
    { from: '2026-11-12', to: '2026-11-12' },
    { from: 'yesterday', to: '2026-11-10' },
    { from: '2026-11-12' },
    { span: '3y' },
  ])('is not taken from %o', (raw) => {
    expect(readPeriod(raw, '7d')).toEqual({});
  });
});

describe('what a period means', () => {
  it('counts hours back from now', () => {
    expect(boundsOf({ span: '24h' }, '7d', NOW)).toEqual({
      from: '2026-11-21T14:30:00.000Z',
      to: '2026-11-22T14:30:00.000Z',
    });
  });

  it('counts whole days of UTC, today among them', () => {
    expect(boundsOf({}, '7d', NOW).from).toBe('2026-11-16T00:00:00.000Z');
  });

  it('has a period before it whose days and hours match', () => {
    expect(boundsBefore(boundsOf({}, '7d', NOW))).toEqual({
      from: '2026-11-09T00:00:00.000Z',
      to: '2026-11-15T14:30:00.000Z',
    });
    expect(boundsBefore(boundsOf({ span: '24h' }, '7d', NOW))).toEqual({
      from: '2026-11-20T14:30:00.000Z',
      to: '2026-11-21T14:30:00.000Z',
    });
  });
});

describe('local times', () => {
  it.each([
    ['2026-11-22T14:30:00.000Z', 'Europe/Berlin', '2026-11-22T15:30'],
    ['2026-07-22T14:30:00.000Z', 'Europe/Berlin', '2026-07-22T16:30'],
    ['2026-11-22T20:00:00.000Z', 'Asia/Kathmandu', '2026-11-23T01:45'],
    // the hours around a change of clocks
    ['2026-03-29T00:30:00.000Z', 'Europe/Berlin', '2026-03-29T01:30'],
    ['2026-03-29T01:30:00.000Z', 'Europe/Berlin', '2026-03-29T03:30'],
  ])('%s in %s is %s, and back', (iso, zone, local) => {
    expect(toLocal(iso, zone)).toBe(local);
    expect(fromLocal(local, zone)).toBe(iso);
  });

  it('has no moment for what is no time', () => {
    expect(fromLocal('', 'UTC')).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';

import { everyNth, ticksTo } from './scale';

describe('ticksTo', () => {
  it.each([
    [4, [0, 1, 2, 3, 4]],
    [100, [0, 25, 50, 75, 100]],
    [101, [0, 50, 100, 150]],
    [0.4, [0, 0.1, 0.2, 0.3, 0.4]],
    [9_870, [0, 2500, 5000, 7500, 10_000]],
  ])('goes in round steps to at least %d', (highest, expected) => {
    const ticks = ticksTo(highest);
    expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual(expected);
  });

  it('never divides what comes whole', () => {
    expect(ticksTo(1, 4, true)).toEqual([0, 1]);
    expect(ticksTo(3, 4, true)).toEqual([0, 1, 2, 3]);
    expect(ticksTo(10, 4, true)).toEqual([0, 3, 6, 9, 12]);
  });

  it('has an axis where there is nothing', () => {
    expect(ticksTo(0)).toEqual([0, 1]);
  });
});

it('leaves out names that would not fit', () => {
  expect(everyNth(24, 960, 40)).toBe(1);
  expect(everyNth(24, 480, 40)).toBe(2);
  expect(everyNth(30, 20, 40)).toBe(30);
});

// @vitest-environment node
import { expect, it } from 'vitest';

import { GIGABYTE, changedPlan, minorUnits, newPlan, valuesOf } from './form';
import type { Plan } from './queries';

const plan: Plan = {
  id: '01a2039a-6fea-79bd-8390-e03f377f21e0',
  code: 'starter',
  name: 'Starter',
  tier: 'standard',
  max_requests_per_day: 10_000,
  max_requests_per_hour: 1000,
  burst_limit: 200,
  max_users: 25,
  max_storage_bytes: 10 * GIGABYTE,
  price_minor: 2900,
  currency: 'USD',
  is_active: true,
  position: 1,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

it('sends nothing when nothing was changed', () => {
  expect(changedPlan(valuesOf(plan), valuesOf(plan))).toEqual({});
});

it('lifts a limit that was emptied, and counts storage in bytes', () => {
  const after = { ...valuesOf(plan), max_users: null, storage_gigabytes: 12.5, price: 19.99 };
  expect(changedPlan(valuesOf(plan), after)).toEqual({
    max_users: null,
    max_storage_bytes: 12.5 * GIGABYTE,
    price_minor: 1999,
  });
});

it('knows currencies without cents', () => {
  expect([minorUnits('USD'), minorUnits('JPY'), minorUnits('KWD'), minorUnits('?')]).toEqual([
    100, 1, 1000, 100,
  ]);
  expect(newPlan({ name: ' Yen ', code: 'yen', currency: 'jpy', price: 500 })).toMatchObject({
    name: 'Yen',
    currency: 'JPY',
    price_minor: 500,
    max_users: null,
  });
});

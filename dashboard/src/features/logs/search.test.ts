// @vitest-environment node
import { expect, it } from 'vitest';

import { errorFilters, usageFilters } from './queries';
import { isNarrowed, readErrorSearch, readUsageSearch } from './search';

it.each([
  [{ answer: '5xx' }, { status_class: 5, tenants_only: true }],
  [{ answer: '404', staff: true }, { status: 404 }],
  [{ slower: 500 }, { min_duration: 500, tenants_only: true }],
  [{ search: 'abc', method: 'POST' }, { correlation_id: 'abc', method: 'POST' }],
])('asks the usage log for what the address %o says', (raw, wanted) => {
  const filters = usageFilters(readUsageSearch(raw));
  expect(filters).toMatchObject(wanted);
  expect(Object.keys(filters).sort()).toEqual(['from', ...Object.keys(wanted)].sort());
});

it.each([{ answer: '9xx' }, { answer: '4' }, { slower: '7' }, { method: 'BREW' }, { model: ' ' }])(
  'leaves %o aside',
  (raw) => {
    expect(readUsageSearch(raw)).toEqual({});
  },
);

it('lets a log that is followed have no end, and a chosen period both', () => {
  expect(usageFilters({})).not.toHaveProperty('to');
  const bounds = { from: '2026-11-10T00:00:00.000Z', to: '2026-11-12T00:00:00.000Z' };
  expect(usageFilters({ ...bounds, staff: true })).toEqual(bounds);
});

it('shows open errors unless all are asked for', () => {
  expect(errorFilters(readErrorSearch({}))).toMatchObject({ unresolved_only: true });
  expect(errorFilters(readErrorSearch({ state: 'all' }))).not.toHaveProperty('unresolved_only');
});

it('does not take a period for a filter', () => {
  expect(isNarrowed({ span: '7d' })).toBe(false);
  expect(isNarrowed({ state: 'all' })).toBe(false);
  expect(isNarrowed({ code: 'FORBIDDEN' })).toBe(true);
});

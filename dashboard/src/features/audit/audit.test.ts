// @vitest-environment node
import { expect, it } from 'vitest';

import { changesOf } from './changes';
import { auditFilters, readAuditSearch } from './search';

it('tells before and after from a bare value', () => {
  expect(changesOf({ plan: ['free', 'starter'], name: 'Acme', limit: [null, 5] })).toEqual([
    { field: 'plan', before: 'free', after: 'starter' },
    { field: 'name', before: undefined, after: 'Acme' },
    { field: 'limit', before: 'null', after: '5' },
  ]);
});

it('asks from when a period began', () => {
  const now = Date.parse('2026-03-02T12:00:00Z');
  expect(auditFilters({ period: 'day', search: 'tenant.', target: 'tenant' }, now)).toEqual({
    action: 'tenant.',
    target_type: 'tenant',
    since: '2026-03-01T12:00:00.000Z',
  });
});

it('drops ids that are none', () => {
  expect(readAuditSearch({ tenant: '1; drop', actor: 7, period: 'ever', target: 'moon' })).toEqual(
    {},
  );
});

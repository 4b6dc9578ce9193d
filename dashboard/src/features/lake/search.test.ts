// @vitest-environment node
import { expect, it } from 'vitest';

import { readRecordsSearch, readTerm, writeTerm } from './search';

it('reads a filter in its parts, colons in the value included', () => {
  expect(readTerm('write_date:gte:2026-11-22 10:30:00')).toEqual({
    field: 'write_date',
    operator: 'gte',
    value: '2026-11-22 10:30:00',
  });
  expect(readTerm('name:like:x')).toBeNull();
  expect(readTerm(':eq:x')).toBeNull();
});

it.each([
  [{ field: 'id', operator: 'in', value: '1, 2' }, 'id:in:[1,2]'],
  [{ field: 'state', operator: 'in', value: 'draft,sent' }, 'state:in:["draft","sent"]'],
  [{ field: 'state', operator: 'in', value: '["a"]' }, 'state:in:["a"]'],
  [{ field: 'email', operator: 'set', value: 'unused' }, 'email:set:'],
  [{ field: 'name', operator: 'contains', value: ' a:b ' }, 'name:contains:a:b'],
] as const)('writes %o', (term, written) => {
  expect(writeTerm(term)).toBe(written);
});

it('keeps of an address what is a question', () => {
  expect(
    readRecordsSearch({ filter: ['name:contains:a', 'nonsense', 7], deleted: 'no', record: 12 }),
  ).toEqual({ filter: ['name:contains:a'], record: '12' });
  expect(readRecordsSearch({ filter: 'name:eq:x' })).toEqual({ filter: ['name:eq:x'] });
});

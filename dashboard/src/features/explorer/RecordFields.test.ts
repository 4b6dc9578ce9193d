// @vitest-environment node
import { expect, it } from 'vitest';

import { readFields } from './fields';
import { sentOf } from './RecordFields';

const FIELDS = readFields({
  name: { string: 'Name', type: 'char' },
  category_id: { string: 'Tags', type: 'many2many', relation: 'res.partner.category' },
});

it('sends only the links that were added or taken away', () => {
  const stored = { name: 'Acme', category_id: [1, 2] };
  expect(sentOf(FIELDS, stored, { name: 'Acme Ltd', category_id: [2, 7] })).toEqual({
    name: 'Acme Ltd',
    category_id: [
      [4, 7, 0],
      [3, 1, 0],
    ],
  });
});

it('links from nothing in a new record', () => {
  expect(sentOf(FIELDS, {}, { category_id: [3] })).toEqual({ category_id: [[4, 3, 0]] });
});

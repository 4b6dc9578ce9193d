// @vitest-environment node
import { expect, it } from 'vitest';

import { changedOf, fieldsOf, valuesOf } from './schema';

const SCHEMA = {
  type: 'object',
  required: ['url', 'password'],
  properties: {
    url: { type: 'string', title: 'Address', examples: ['https://example.com'] },
    password: { type: 'string', title: 'Password', writeOnly: true },
    transport: { type: 'string', enum: ['auto', 'json2'], default: 'auto' },
    pages: { type: 'integer', minimum: 1 },
    archived: { type: ['boolean', 'null'] },
    models: { type: 'array', items: { type: 'string' } },
  },
};

it('makes a field of each property', () => {
  expect(fieldsOf(SCHEMA).map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ['url', 'text', true],
    ['password', 'secret', true],
    ['transport', 'choice', false],
    ['pages', 'whole', false],
    ['archived', 'tick', false],
    ['models', 'words', false],
  ]);
  expect(fieldsOf({})).toEqual([]);
});

it('begins with what is stored, and never with a secret', () => {
  expect(valuesOf(fieldsOf(SCHEMA), { url: 'https://a.example', password: 'x' })).toEqual({
    url: 'https://a.example',
    transport: 'auto',
  });
});

it('sends only what was changed, secrets as they were typed', () => {
  const fields = fieldsOf(SCHEMA);
  const before = { url: 'https://a.example' };
  const change = (after: object) => changedOf(fields, before, { ...before, ...after });
  expect(change({ transport: 'auto', password: '', url: ' https://a.example ' })).toEqual({});
  expect(change({ password: ' spaced ', pages: 5 })).toEqual({ password: ' spaced ', pages: 5 });
  expect(change({ transport: 'json2' })).toEqual({ transport: 'json2' });
});

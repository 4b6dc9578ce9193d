// @vitest-environment node
import { expect, it } from 'vitest';

import { readSignInSearch } from './search';

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', 7])(
  'does not lead to %j after signing in',
  (to) => {
    expect(readSignInSearch({ to })).toEqual({});
  },
);

it('leads back to a page of the app', () => {
  expect(readSignInSearch({ to: '/tenants?page=2' })).toEqual({ to: '/tenants?page=2' });
});

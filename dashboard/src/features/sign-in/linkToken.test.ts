// @vitest-environment node
import { expect, it } from 'vitest';

import { readLinkToken } from './linkToken';

it.each([
  ['#token=bc_invite_abc', 'bc_invite_abc'],
  ['token=bc_invite_abc', 'bc_invite_abc'],
  ['', ''],
  ['#', ''],
  ['#elsewhere', ''],
])('reads %j as %j', (hash, token) => {
  expect(readLinkToken(hash)).toBe(token);
});

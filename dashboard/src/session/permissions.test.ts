// @vitest-environment node
import { expect, it } from 'vitest';

import { may } from './permissions';

it.each([
  [['*'], 'tenants:write', true],
  [['tenants:*'], 'tenants:write', true],
  [['tenants:read'], 'tenants:read', true],
  [['tenants:read'], 'tenants:write', false],
  [['tenant:*'], 'tenants:read', false],
  [[], 'tenants:read', false],
] as const)('%j may %s: %s', (permissions, permission, expected) => {
  expect(may({ permissions: [...permissions] }, permission)).toBe(expected);
});

// @vitest-environment node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import en from '@/i18n/locales/en/roles.json';

import { expand, includes } from './permissions';

const KNOWN = ['crm:read', 'crm:write', 'usage:read'];

it('reads the wildcards of roles', () => {
  expect(includes(['crm:*'], 'crm:write')).toBe(true);
  expect(includes(['crm:*'], 'usage:read')).toBe(false);
  expect(expand(['*'], KNOWN)).toEqual(KNOWN);
  expect(expand(['crm:*', 'usage:read'], KNOWN)).toEqual(KNOWN);
  expect(expand(['crm:read', 'gone:read'], KNOWN)).toEqual(['crm:read']);
});

it('has words for every permission of the platform’s table', () => {
  const table = readFileSync(
    join(
      import.meta.dirname,
      '../../../../src/bridgecore/domains/identity/service/permissions.py',
    ),
    'utf8',
  );
  const part = /TENANT_PERMISSIONS[^{]*\{([^}]*)\}/.exec(table)?.[1] ?? '';
  const named = [...part.matchAll(/"([a-z_]+:[a-z_]+)":/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !(name.replace(':', '_') in en.permission))).toEqual([]);
  const subjects = named.map((name) => name.split(':')[0] ?? '');
  expect(subjects.filter((subject) => !(subject in en.subject))).toEqual([]);
});

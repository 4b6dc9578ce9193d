// @vitest-environment node
import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { codeOf, python } from './code';
import { firstColumns, readFields } from './fields';
import type { Field } from './fields';
import { isoOf, localOf, odooOf } from './odooTime';
import { firstRule, isComplete, operatorOf, withOperator } from './operators';
import { orderOf, readExplorerSearch } from './search';

const [name, country, active] = ['name', 'country_id', 'active'].map((wanted) =>
  readFields({
    name: { string: 'Name', type: 'char' },
    country_id: { string: 'Country', type: 'many2one', relation: 'res.country' },
    active: { string: 'Active', type: 'boolean' },
  }).find((field) => field.name === wanted),
) as [Field, Field, Field];

describe('moments', () => {
  it.each([
    ['2026-01-31 09:30:00', 'Europe/Berlin', '2026-01-31T10:30'],
    ['2026-07-31 09:30:00', 'Europe/Berlin', '2026-07-31T11:30'],
    ['2026-01-31 20:00:00', 'Asia/Almaty', '2026-02-01T01:00'],
    ['2026-03-08 06:30:00', 'America/New_York', '2026-03-08T01:30'],
    ['2026-03-08 07:30:00', 'America/New_York', '2026-03-08T03:30'],
  ])('%s is in %s %s, and back', (odoo, zone, local) => {
    expect(localOf(odoo, zone)).toBe(local);
    expect(odooOf(local, zone)).toBe(odoo);
  });

  it('takes nothing for a moment that is none', () => {
    expect(isoOf(false)).toBeNull();
    expect(localOf('2026-01-31', 'UTC')).toBe('');
    expect(odooOf('', 'UTC')).toBe('');
  });
});

describe('rules', () => {
  it('begin with what the field is most often asked', () => {
    expect(firstRule(name)).toMatchObject({ operator: 'ilike', value: '' });
    expect(firstRule(country)).toMatchObject({ operator: '=', value: null });
    expect(firstRule(active)).toMatchObject({ operator: '=', value: true });
  });

  it('write "is set" as Odoo does, and read it back', () => {
    const rule = withOperator(name, 'set', 'x');
    expect(rule).toMatchObject({ operator: '!=', value: false });
    expect(operatorOf(rule, name)).toBe('set');
    expect(operatorOf({ ...rule, operator: '=' }, active)).toBe('=');
  });

  it('keep the value between one and several', () => {
    expect(withOperator(country, 'in', 57).value).toEqual([57]);
    expect(withOperator(country, '=', [57, 58]).value).toBe(57);
  });

  it('wait until there is something to ask', () => {
    expect(isComplete(firstRule(name))).toBe(false);
    expect(isComplete(firstRule(active))).toBe(true);
    expect(isComplete(withOperator(country, 'in', null))).toBe(false);
    expect(isComplete(withOperator(country, 'unset', null))).toBe(true);
  });
});

it('begins with columns the model has', () => {
  const fields = readFields({ email: { type: 'char' }, name: { type: 'char' }, display_name: {} });
  expect(firstColumns(fields)).toEqual(['id', 'name', 'email']);
});

describe('the address', () => {
  it('keeps a whole question', () => {
    const search = {
      model: 'res.partner',
      domain: [['name', 'ilike', 'a']],
      fields: 'id,name',
      sort: '-name',
      record: 7,
    };
    expect(readExplorerSearch(search)).toEqual(search);
    expect(orderOf('-name')).toBe('name desc');
    expect(orderOf('name')).toBe('name');
  });

  it('drops what is not one', () => {
    expect(
      readExplorerSearch({
        model: 'res partner',
        domain: ['|'],
        fields: 'a b',
        sort: 'name; drop',
        record: -1,
      }),
    ).toEqual({});
  });
});

describe('the call', () => {
  const question = {
    model: 'res.partner',
    domain: [['name', 'ilike', "O'Neil \"$HOME\" `id` \\"], ['active', '=', true]],
    fields: ['id', 'name'],
    offset: 25,
    limit: 25,
    order: 'name desc',
  };
  const { domain } = question;

  it('hands the shell exactly the question', () => {
    const code = codeOf('curl', 'https://x.example', question);
    // the shell itself says what curl would be given
    const said = execFileSync('sh', [
      '-c',
      code.replace(/^curl/, 'show() { for last; do :; done; printf %s "$last"; }; show'),
    ]);
    expect(JSON.parse(said.toString())).toEqual(question);
  });

  it('is what Python reads as the same', () => {
    const said = execFileSync('python3', [
      '-c',
      `import json; print(json.dumps(${python(question)}))`,
    ]);
    expect(JSON.parse(said.toString())).toEqual(question);
  });

  it('is TypeScript that holds the domain', () => {
    const code = codeOf('typescript', 'https://x.example', question);
    const body = /JSON\.stringify\(([\s\S]*?)\),\n\}\);/.exec(code)?.[1] ?? '';
    expect((JSON.parse(body) as { domain: unknown }).domain).toEqual(domain);
  });
});

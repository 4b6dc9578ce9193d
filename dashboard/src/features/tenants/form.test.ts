// @vitest-environment node
import { expect, it } from 'vitest';

import { changedOdoo, changedTenant, newTenant, readObject } from './form';

it('sends only what differs', () => {
  const before = { name: 'Acme', slug: 'acme', max_users: 5, allowed_models: ['res.partner'] };
  expect(changedTenant(before, { ...before })).toEqual({});
  expect(changedTenant(before, { ...before, name: ' Acme Ltd ' })).toEqual({ name: 'Acme Ltd' });
});

it('takes back what was emptied where empty means "as the plan"', () => {
  const before = { contact_email: 'a@b.example', max_users: 5, allowed_models: ['res.partner'] };
  const after = { contact_email: '', max_users: null, allowed_models: [] };
  expect(changedTenant(before, after)).toEqual({
    contact_email: null,
    max_users: null,
    allowed_models: null,
  });
});

it('keeps the spaces of a password, and the stored one when none is typed', () => {
  expect(changedTenant({}, { odoo_password: ' secret ' })).toEqual({ odoo_password: ' secret ' });
  expect(changedTenant({}, { odoo_password: '' })).toEqual({});
});

it('keeps nought as a limit', () => {
  expect(changedTenant({ max_users: 5 }, { max_users: 0 })).toEqual({ max_users: 0 });
});

it('makes a tenant of a name alone, and an owner when one is given', () => {
  expect(newTenant({ name: 'Acme' })).toEqual({ name: 'Acme' });
  expect(newTenant({ name: 'A', owner_email: 'o@a.example', owner_name: 'O' })).toEqual({
    name: 'A',
    owner: { email: 'o@a.example', full_name: 'O' },
  });
});

it('ends a trial with its last day, and takes notes as an object', () => {
  expect(changedTenant({}, { trial_end: '2026-12-31', metadata: '{"crm_id": 17}' })).toEqual({
    trial_ends_at: '2026-12-31T23:59:59Z',
    metadata: { crm_id: 17 },
  });
  expect(changedTenant({ trial_end: '2026-12-31', metadata: '{"a": 1}' }, {})).toEqual({
    trial_ends_at: null,
    metadata: {},
  });
  expect(['{"a": 1}', '', '[1]', 'no'].map(readObject)).toEqual([{ a: 1 }, {}, null, null]);
});

it('tries only what was changed of an Odoo', () => {
  const before = { odoo_url: 'https://odoo.example', odoo_database: 'one' };
  expect(changedOdoo(before, { ...before, odoo_password: ' s ' })).toEqual({ password: ' s ' });
  expect(changedOdoo(before, { ...before, name: 'Other' })).toEqual({});
});

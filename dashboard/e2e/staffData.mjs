/**
 * What the pages of staff show beside the demo data: traffic that went well and badly, tenants in
 * every state and in every script, colleagues. Made once; what is there stays as it is.
 */
import assert from 'node:assert/strict';

import { STAFF_LOGIN, TENANT_LOGIN, signedIn, succeeding, until } from './api.mjs';

const TENANTS = [
  { slug: 'romashka', name: 'ООО «Ромашка и партнёры»', contact_email: 'office@romashka.example' },
  { slug: 'al-noor', name: 'شركة النور للتجارة', contact_email: 'info@al-noor.example' },
  { slug: 'closed-shop', name: 'Closed Shop Ltd', contact_email: 'hello@closed-shop.example' },
];

/** Answers the ids that pages are about. */
export async function prepareStaffData({ base, options }) {
  const staff = await succeeding(base, STAFF_LOGIN, options.staff, options['new-password']);
  const tenants = {};
  for (const wanted of [{ slug: 'acme' }, ...TENANTS]) {
    const { items } = await staff('GET', `/admin/tenants?search=${wanted.slug}&limit=100`);
    const found = items.find(({ slug }) => slug === wanted.slug);
    tenants[wanted.slug] =
      found ?? (await make(staff, wanted)) ?? assert.fail(`there is no tenant ${wanted.slug}`);
  }
  await colleague(staff);
  const errors = await traffic(staff, { base, options }, tenants.acme.id);
  const { items: plans } = await staff('GET', '/admin/plans');
  return {
    acme: `/tenants/${tenants.acme.id}`,
    trial: `/tenants/${tenants.romashka.id}`,
    suspended: `/tenants/${tenants['al-noor'].id}`,
    deleted: `/tenants/${tenants['closed-shop'].id}`,
    client: `/clients/${tenants.acme.id}`,
    plan: `/plans/${plans[0].id}`,
    ...errors,
  };
}

async function make(staff, wanted) {
  const trial = new Date(Date.now() + 9 * 86_400_000).toISOString();
  const tenant = await staff('POST', '/admin/tenants', {
    ...wanted,
    ...(wanted.slug === 'romashka' ? { trial_ends_at: trial } : {}),
  });
  if (wanted.slug === 'al-noor') {
    await staff('POST', `/admin/tenants/${tenant.id}/suspend`, {
      reason: 'Счёт № 17 не оплачен с 1 октября',
    });
  }
  if (wanted.slug === 'closed-shop') {
    await staff('DELETE', `/admin/tenants/${tenant.id}`);
  }
  if (wanted.slug === 'romashka') {
    await staff('POST', '/api/v1/auth/invitations', {
      email: 'anna@romashka.example',
      full_name: 'Анна Ромашкина',
      role: 'owner',
      tenant_id: tenant.id,
    });
  }
  return tenant;
}

async function colleague(staff) {
  const email = 'support@bridgecore.example';
  const { items } = await staff('GET', `/admin/staff?search=${email}`);
  if (items.length === 0) {
    await staff('POST', '/admin/staff', { email, full_name: 'سلمى حداد', role: 'support' });
  }
}

/** Calls of an app of the demo tenant; one error stays open, another is settled. */
async function traffic(staff, { base, options }, tenant) {
  const call = await signedIn(base, TENANT_LOGIN, options.member, options['member-password']);
  const ask = (operation, body) => call('POST', `/api/v1/odoo/${operation}`, body);
  const find = async (search, isSettled) => {
    const query = new URLSearchParams({ tenant_id: tenant, search });
    const { items } = await staff('GET', `/admin/logs/errors?${query}`);
    return items.find(({ resolved }) => resolved === isSettled);
  };
  const partners = { model: 'res.partner', domain: [], fields: ['name'], limit: 20 };
  for (let made = 0; made < 12; made += 1) {
    await ask('search_read', { ...partners, offset: made });
    await ask('search_count', { model: 'crm.lead', domain: [] });
  }
  const failed = await ask('read', { model: 'no.such.model', ids: [1] });
  await ask('call_kw', { model: 'res.partner', method: 'no_such_method', args: [], kwargs: {} });
  const open = await until(() => find('no.such.model', false), 'the open error');
  const settled =
    (await find('no.other.model', true)) ??
    (await settle(staff, ask, find));
  return {
    correlation: failed.headers.get('x-correlation-id'),
    open: `/logs/errors/${open.id}`,
    settled: `/logs/errors/${settled.id}`,
  };
}

async function settle(staff, ask, find) {
  await ask('read', { model: 'no.other.model', ids: [1] });
  const error = await until(() => find('no.other.model', false), 'the error to settle');
  await staff('POST', `/admin/logs/errors/${error.id}/resolve`, {
    resolution_notes: 'The app asked for a model that is no more; its next version does not.',
  });
  return error;
}

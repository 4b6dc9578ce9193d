/**
 * A connection of the demo tenant whose copy has everything that can be wrong with one: a removal
 * that asks first, records that can't be stored, content that differs unseen, dead letters.
 *
 * Its Odoo is of its own, and goes with it.
 */
import { createHmac } from 'node:crypto';

import { TENANT_LOGIN, succeeding, until } from './api.mjs';
import { startOdoo } from './simulatedOdoo.mjs';

export const NAME = 'Warehouse';
const ODOO = { database: 'warehouse', login: 'bridge', password: 'bridge-of-warehouse', version: 19 };
const PARTNERS = 'res.partner';
const TAGS = 'res.partner.category';
const DAY = 86_400;
const REMOVED = 60;
/** Of its contacts; `comment` is what the dead letter can't be stored for. */
export const FIELDS = ['name', 'comment', 'email', 'city', 'category_id', 'active', 'write_date'];

/**
 * Makes it and waits for each of its troubles. Answers `connection` (its id), `call` (the API as
 * the owner), `odoo`, the keys of the records concerned, and `remove()`.
 */
export async function troubledCopy({ base, options }) {
  const call = await succeeding(base, TENANT_LOGIN, options.member, options['member-password']);
  for (const { id, name } of (await call('GET', '/api/v1/integrations')).items) {
    if (name === NAME) {
      await call('DELETE', `/api/v1/integrations/${id}`);
    }
  }
  const odoo = await startOdoo(options.python, ODOO);
  try {
    return await trouble(base, call, odoo);
  } catch (error) {
    odoo.stop();
    throw error;
  }
}

async function trouble(base, call, odoo) {
  const { id: connection } = await call('POST', '/api/v1/integrations', {
    connector: 'odoo',
    name: NAME,
    is_primary: false,
    config: { url: odoo.url, database: ODOO.database, username: ODOO.login, password: ODOO.password },
  });
  const sync = `/api/v1/integrations/${connection}/sync`;
  const rows = (ids, what) =>
    odoo.control('POST', '/rows', { database: ODOO.database, model: PARTNERS, ids, ...what });
  const planned = (fields) =>
    call('PUT', `${sync}/plan`, {
      entities: [{ entity: PARTNERS, fields }, { entity: TAGS }, { entity: 'crm.lead' }],
    });
  const ended = (run) =>
    until(async () => {
      const found = await call('GET', `/api/v1/integrations/sync/${run.id}`);
      return found.completed_at === null ? null : found;
    }, `the end of run ${run.id}`);
  const run = async (body = {}) => ended(await call('POST', `${sync}/trigger`, body));
  const create = async (values) => {
    const { result } = await call('POST', '/api/v1/odoo/create', {
      model: PARTNERS,
      values,
      connection,
    });
    return result;
  };

  // what happens here happens when it is asked for
  await call('PUT', `${sync}/plan`, { interval_seconds: DAY, sweep_seconds: DAY, delete_floor: 10 });
  await planned(FIELDS);
  const removed = await create(
    Array.from({ length: REMOVED }, (_, at) => ({ name: `Former customer ${at + 1}` })),
  );
  await until(
    async () => (await call('GET', sync)).caught_up_at !== null,
    'the first load of the copy',
  );
  await run();

  // what was changed lately is read again anyway
  const { result: oldest } = await call('POST', '/api/v1/odoo/search', {
    model: PARTNERS,
    domain: [],
    order: 'write_date',
    limit: 2,
    connection,
  });
  const dead = await deadLetter(base, call, connection);
  const [broken] = await create([{ name: 'Cannot be read' }]);
  await rows([broken], { broken: 'category_id' });
  await rows(removed, { values: null });
  await run({ full: true });
  await rows(oldest, { values: { city: 'Changed unseen' } });
  const compared = await ended(await call('POST', `${sync}/parity`, { content: 'full' }));
  return {
    connection,
    call,
    odoo,
    rows,
    run,
    planned,
    report: compared.options.report_id,
    keys: { removed, different: oldest, broken, dead },
    remove: async () => {
      await call('DELETE', `/api/v1/integrations/${connection}`);
      odoo.stop();
    },
  };
}

/** Signed content that PostgreSQL can't hold. Answers the id of the event. */
async function deadLetter(base, call, connection) {
  const { secret } = await call('POST', '/api/v1/webhooks/secrets', {
    connection_id: connection,
    name: 'Warehouse addon',
  });
  const id = `warehouse-${Date.now()}`;
  const at = new Date().toISOString();
  const time = at.slice(0, 19).replace('T', ' ');
  const values = {
    id: 1,
    name: 'Head office',
    comment: 'MUCH',
    email: false,
    city: false,
    category_id: [],
    active: true,
    create_date: time,
    write_date: time,
  };
  const event = { id, model: PARTNERS, record_id: 1, operation: 'write', occurred_at: at, values };
  const body = JSON.stringify({ events: [event] }).replace('"MUCH"', '1e999999');
  const now = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
  const response = await fetch(`${base}/api/webhooks/odoo`, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-BridgeCore-Connection': connection,
      'X-BridgeCore-Timestamp': now,
      'X-BridgeCore-Signature': `v1=${signature}`,
    },
  });
  if (!response.ok) {
    throw new Error(await response.text());
  }
  return until(async () => {
    const { items } = await call('GET', '/api/v1/webhooks/dead-letter');
    return items.find((one) => one.source_event_id === id)?.id;
  }, 'the dead letter');
}

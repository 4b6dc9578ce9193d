/** A simulated n8n beside the platform, on a free port, with what a journey puts into it. */
import assert from 'node:assert/strict';

import { startSimulator } from './programs.mjs';

/**
 * Starts an empty one. `add(name)` makes a workflow and answers its id; `ran(workflow, run)` lets
 * it have run; `list()` is n8n's own list of executions; `stop()` ends it.
 */
export async function startN8n(python, key) {
  const given = ['--empty', '--api-key', key];
  const { url, control, stop } = await startSimulator(python, 'bridgecore.simulators.n8n', given);
  const call = async (method, path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'X-N8N-API-KEY': key, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, await response.clone().text());
    return response.json();
  };
  return {
    url,
    stop,
    add: async (name) => {
      const made = await call('POST', '/workflows', { name, nodes: [], connections: {}, settings: {} });
      await call('POST', `/workflows/${made.id}/activate`);
      return made.id;
    },
    ran: (workflow, run = {}) => control('POST', '/executions', { do: 'run', workflow, ...run }),
    list: async () => (await call('GET', '/executions?limit=250')).data,
  };
}

/** A simulated Odoo beside the platform, on a free port, and the ways to make it misbehave. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Starts one with a single administrator. The platform has to allow its address: it is started
 * with OUTBOUND_ALLOW=127.0.0.1.
 *
 * `control(method, path, body)` calls `/_simulator`; `stop()` ends it.
 */
export async function startOdoo(python, { database, login, password, version = 17 }) {
  const token = `journey-${Math.random().toString(36).slice(2)}`;
  const given = ['--db', database, '--version', String(version), '--control-token', token];
  given.push('--user', `${login}:${password}:admin`);
  const child = spawn(python, ['-m', 'bridgecore.simulators.odoo', ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the simulated Odoo ended with ${code}: is --python right?`);
    }),
  ]);
  const url = line.split(' ')[0];
  return {
    url,
    stop: () => child.kill('SIGTERM'),
    control: async (method, path, body) => {
      const response = await fetch(`${url}/_simulator${path}`, {
        method,
        headers: { 'X-Simulator-Token': token, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.ok(response.ok, await response.text());
    },
  };
}

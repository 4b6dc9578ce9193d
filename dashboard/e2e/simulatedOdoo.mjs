/** A simulated Odoo beside the platform, on a free port, and the ways to make it misbehave. */
import { startSimulator } from './programs.mjs';

/**
 * Starts one with a single administrator. The platform has to allow its address: it is started
 * with OUTBOUND_ALLOW=127.0.0.1.
 *
 * `control(method, path, body)` calls `/_simulator`; `stop()` ends it.
 */
export function startOdoo(python, { database, login, password, version = 17 }) {
  const given = ['--db', database, '--version', String(version)];
  given.push('--user', `${login}:${password}:admin`);
  return startSimulator(python, 'bridgecore.simulators.odoo', given);
}

/** The form of an Odoo connection: its values, and what of them is sent. */
import type { Connection, OdooSettings } from './queries';

export const TRANSPORTS = ['auto', 'session', 'jsonrpc', 'json2'] as const;

export interface OdooValues {
  url?: string;
  database?: string;
  username?: string;
  password?: string;
  transport?: (typeof TRANSPORTS)[number];
}

export function valuesOf(odoo: Connection | undefined): OdooValues {
  const text = (name: string) => {
    const value = odoo?.settings[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  return { transport: 'auto', ...text('url'), ...text('database'), ...text('username'), ...text('transport') };
}

/** Only what differs: a password left empty stays as it is stored. */
export function changedOdoo(before: OdooValues, after: OdooValues): OdooSettings {
  const change: Record<string, string> = {};
  for (const name of ['url', 'database', 'username'] as const) {
    const value = after[name]?.trim();
    if (value && value !== before[name]) {
      change[name] = value;
    }
  }
  if (after.password) {
    change.password = after.password;
  }
  if (after.transport !== undefined && after.transport !== before.transport) {
    change.transport = after.transport;
  }
  return change;
}

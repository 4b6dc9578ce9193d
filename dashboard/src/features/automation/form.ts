/** The form of an n8n server: its values, and what of them is sent. */
import type { N8nConfig, N8nServer } from './queries';

export interface N8nValues {
  name?: string;
  n8n_api_url?: string;
  n8n_api_key?: string;
}

/** Only what differs: a key left empty stays as it is stored. */
export function changedN8n(server: N8nServer | null, values: N8nValues): N8nConfig {
  const change: N8nConfig = server === null ? {} : { connection_id: server.connection_id };
  const name = values.name?.trim();
  const url = values.n8n_api_url?.trim();
  if (name && name !== server?.name) {
    change.name = name;
  }
  if (url && url !== server?.url) {
    change.n8n_api_url = url;
  }
  if (values.n8n_api_key) {
    change.n8n_api_key = values.n8n_api_key.trim();
  }
  return change;
}

import type { Tenant } from '../queries';

/** What every part of a tenant's page is given. */
export interface PanelProps {
  tenant: Tenant;
  /** Only requests with this correlation id. */
  correlation?: string | undefined;
}

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { AutomationSearch } from './search';

interface ViewLinkProps {
  /** A client, for staff; null for one's own company. */
  client: string | null;
  search: AutomationSearch;
  children: ReactNode;
}

/** To another view of the same automations. */
export function ViewLink({ client, search, children }: ViewLinkProps) {
  return client === null ? (
    <Link to="/automation" search={search}>
      {children}
    </Link>
  ) : (
    <Link to="/clients/$clientId" params={{ clientId: client }} search={search}>
      {children}
    </Link>
  );
}

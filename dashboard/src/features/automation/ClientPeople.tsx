/** Who of a client is invited to look, and what became of it. */
import { useState } from 'react';

import { InvitationsPanel } from '../invitations/InvitationsPanel';
import type { InvitationsWanted } from '../invitations/search';
import { useBuiltInRoles } from './roles';

export default function ClientPeople({ client }: { client: string }) {
  const [wanted, setWanted] = useState<InvitationsWanted>({});
  return (
    <InvitationsPanel
      tenantId={client}
      roles={useBuiltInRoles()}
      wanted={wanted}
      onWanted={setWanted}
    />
  );
}

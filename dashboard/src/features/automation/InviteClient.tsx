import { InviteDialog } from '../invitations/InviteDialog';
import { useBuiltInRoles } from './roles';

interface InviteClientProps {
  client: string;
  onClose: () => void;
}

/** Invite people of a client, who see its dashboards and nothing else unless told otherwise. */
export default function InviteClient({ client, onClose }: InviteClientProps) {
  return (
    <InviteDialog tenantId={client} roles={useBuiltInRoles()} role="client" onClose={onClose} />
  );
}

/** What can be asked of a list of invitations. */
import type { ListSearch } from '@/ui/table/listSearch';

export const STATUSES = ['pending', 'expired', 'accepted', 'revoked'] as const;
export type InvitationStatus = (typeof STATUSES)[number];

export interface InvitationsWanted extends ListSearch {
  search?: string;
  status?: InvitationStatus;
}

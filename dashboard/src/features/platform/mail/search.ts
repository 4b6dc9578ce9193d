/** What the address of the mails carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const STATUSES = ['waiting', 'sent', 'failed', 'captured'] as const;
export type MailStatus = (typeof STATUSES)[number];

export interface MailSearch {
  status?: MailStatus;
  /** In recipient or subject. */
  search?: string;
}

export function readMailSearch(raw: Record<string, unknown>): MailSearch {
  return compact({ status: oneOf(raw.status, STATUSES), search: textOf(raw.search) });
}

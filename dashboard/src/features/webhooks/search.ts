/** What the address of the webhooks carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const TABS = ['events', 'dead', 'senders'] as const;
export type WebhookTab = (typeof TABS)[number];

export const STATUSES = ['pending', 'done', 'dead', 'discarded'] as const;
export const OPERATIONS = ['create', 'write', 'unlink'] as const;
export const FAULTS = ['source', 'ours'] as const;

export interface WebhookSearch {
  /** Left out for the events. */
  tab?: 'dead' | 'senders';
  model?: string;
  status?: (typeof STATUSES)[number];
  operation?: (typeof OPERATIONS)[number];
  fault?: (typeof FAULTS)[number];
  /** The event that is open. */
  event?: string;
}

export function readWebhookSearch(raw: Record<string, unknown>): WebhookSearch {
  return compact({
    tab: oneOf(raw.tab, ['dead', 'senders'] as const),
    model: textOf(raw.model, 100),
    status: oneOf(raw.status, STATUSES),
    operation: oneOf(raw.operation, OPERATIONS),
    fault: oneOf(raw.fault, FAULTS),
    event: textOf(raw.event, 36),
  });
}

/** What the address of the jobs carries. */
import { compact, oneOf, textOf } from '@/ui/table/listSearch';

export const STATUSES = ['todo', 'doing', 'failed', 'cancelled', 'aborted'] as const;
export type JobStatus = (typeof STATUSES)[number];

export const TABS = ['jobs', 'schedule'] as const;
export type JobsTab = (typeof TABS)[number];

export interface JobsSearch {
  /** Left out for the jobs themselves. */
  tab?: 'schedule';
  status?: JobStatus;
  /** Name of a kind of job, exactly. */
  search?: string;
}

export function readJobsSearch(raw: Record<string, unknown>): JobsSearch {
  return compact({
    tab: oneOf(raw.tab, ['schedule'] as const),
    status: oneOf(raw.status, STATUSES),
    search: textOf(raw.search, 128),
  });
}

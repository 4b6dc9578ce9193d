/** Who changed what about a tenant, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { TimeText } from '@/ui/TimeText';

import { tenantAuditQuery } from '../queries';
import type { PanelProps } from './panel';

type Entry = components['schemas']['AuditEntryOut'];

export default function Audit({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const query = useInfiniteQuery(tenantAuditQuery(useApi(), tenant.id));
  const columns: readonly Column<Entry>[] = [
    { id: 'action', title: t('audit.action'), cell: (entry) => <code>{entry.action}</code> },
    {
      id: 'actor',
      title: t('audit.actor'),
      cell: (entry) => <bdi>{entry.actor_email || entry.actor_kind}</bdi>,
    },
    {
      id: 'reason',
      title: t('audit.reason'),
      cell: (entry) => <span dir="auto">{entry.reason}</span>,
    },
    {
      id: 'changes',
      title: t('audit.changes'),
      cell: (entry) => <code>{changesOf(entry)}</code>,
    },
    {
      id: 'occurred_at',
      title: t('audit.time'),
      cell: (entry) => <TimeText value={entry.occurred_at} />,
    },
  ];
  return (
    <Section
      flush
      title={t('tabs.audit')}
      aside={<Freshness asOf={query.dataUpdatedAt || null} />}
    >
      <FeedTable
        caption={t('tabs.audit')}
        columns={columns}
        query={query}
        rowKey={(entry) => entry.id}
        empty={<EmptyState title={t('audit.none')} hint={t('audit.noneHint')} />}
      />
    </Section>
  );
}

/** `field: before → after`, one after the other. */
function changesOf(entry: Entry): string {
  return Object.entries(entry.changes)
    .map(([field, change]) => {
      const [before, after] = Array.isArray(change) ? (change as unknown[]) : [undefined, change];
      return before === undefined
        ? `${field}: ${shown(after)}`
        : `${field}: ${shown(before)} → ${shown(after)}`;
    })
    .join('; ');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useAuditColumns } from '@/features/audit/columns';
import { EntryDialog } from '@/features/audit/EntryDialog';
import { auditQuery } from '@/features/audit/queries';
import type { Entry } from '@/features/audit/queries';
import { useLiveness, useRenewal } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { FeedTable } from '@/ui/table/FeedTable';

import type { PanelProps } from './panel';

/** Who changed what about a tenant, newest first. */
export default function Audit({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Entry | null>(null);
  const query = useInfiniteQuery({
    ...auditQuery(useApi(), 'staff', { tenant: tenant.id }),
    refetchInterval: useRenewal(30_000),
  });
  const liveness = useLiveness(query);
  const columns = useAuditColumns(setOpened);
  return (
    <Section
      flush
      title={t('tabs.audit')}
      aside={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
    >
      <FeedTable
        caption={t('tabs.audit')}
        columns={columns}
        query={query}
        rowKey={(entry) => entry.id}
        empty={<EmptyState title={t('audit.none')} hint={t('audit.noneHint')} />}
      />
      {opened !== null && (
        <EntryDialog
          entry={opened}
          side="staff"
          onFilter={(wanted) => {
            void navigate({ to: '/audit', search: { tenant: tenant.id, ...wanted } });
          }}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </Section>
  );
}

/** The requests of a tenant, newest first; or those of one correlation id. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { useNumbers } from '@/i18n/language';
import { CopyButton } from '@/ui/CopyButton';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { TimeText } from '@/ui/TimeText';

import { AnswerTag } from '../../logs/AnswerTag';
import { tenantRequestsQuery } from '../queries';
import type { PanelProps } from './panel';

type Line = components['schemas']['UsageLineOut'];

export default function Requests({ tenant, correlation }: PanelProps) {
  const { t } = useTranslation('tenants');
  const { duration } = useNumbers();
  const query = useInfiniteQuery(tenantRequestsQuery(useApi(), tenant.id, correlation));
  const columns: readonly Column<Line>[] = [
    {
      id: 'route',
      title: t('requests.route'),
      cell: (line) => (
        <code>
          {line.method} {line.route} {line.model}
        </code>
      ),
    },
    {
      id: 'status',
      title: t('requests.status'),
      cell: (line) => <AnswerTag status={line.status} code={line.code} />,
    },
    {
      id: 'duration',
      title: t('requests.duration'),
      numeric: true,
      cell: (line) => duration(line.duration_ms),
    },
    {
      id: 'occurred_at',
      title: t('requests.time'),
      cell: (line) => <TimeText value={line.occurred_at} />,
    },
    {
      id: 'correlation_id',
      title: t('requests.correlationId'),
      cell: (line) => (
        <span>
          <code>{line.correlation_id.slice(-12)}</code>
          <CopyButton text={line.correlation_id} label={t('requests.copy')} />
        </span>
      ),
    },
  ];
  return (
    <Section
      flush
      title={
        correlation === undefined ? t('tabs.requests') : t('requests.of', { id: correlation })
      }
      aside={
        correlation === undefined ? (
          <Freshness asOf={query.data?.pages[0]?.as_of ?? null} />
        ) : (
          <Link
            to="/tenants/$tenantId"
            params={{ tenantId: tenant.id }}
            search={{ tab: 'requests' }}
          >
            {t('requests.all')}
          </Link>
        )
      }
    >
      <FeedTable
        caption={t('tabs.requests')}
        columns={columns}
        query={query}
        rowKey={(line) => line.id}
        empty={<EmptyState title={t('requests.none')} hint={t('requests.noneHint')} />}
      />
    </Section>
  );
}

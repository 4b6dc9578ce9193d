/** Errors of a tenant, equal ones together, those seen last first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { useNumbers } from '@/i18n/language';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { tenantErrorsQuery } from '../queries';
import type { PanelProps } from './panel';

type ErrorGroup = components['schemas']['ErrorGroupOut'];

const TONES: Record<ErrorGroup['severity'], Tone> = {
  low: 'neutral',
  medium: 'info',
  high: 'warn',
  critical: 'bad',
};

export default function Errors({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const { count } = useNumbers();
  const query = useInfiniteQuery(tenantErrorsQuery(useApi(), tenant.id));
  const columns: readonly Column<ErrorGroup>[] = [
    {
      id: 'message',
      title: t('errors.message'),
      cell: (group) => (
        <Link to="/logs/errors/$errorId" params={{ errorId: group.id }}>
          <bdi>{group.message}</bdi>
        </Link>
      ),
    },
    { id: 'code', title: t('errors.code'), cell: (group) => <code>{group.code}</code> },
    {
      id: 'severity',
      title: t('errors.severity'),
      cell: (group) => (
        <Tag tone={TONES[group.severity]}>{t(`errors.severities.${group.severity}`)}</Tag>
      ),
    },
    {
      id: 'state',
      title: t('fields.status'),
      cell: (group) => (
        <Tag tone={group.resolved ? 'good' : 'neutral'}>
          {group.resolved ? t('errors.resolved') : t('errors.open')}
        </Tag>
      ),
    },
    {
      id: 'occurrences',
      title: t('errors.occurrences'),
      numeric: true,
      cell: (group) => count(group.occurrences),
    },
    {
      id: 'last_seen',
      title: t('errors.lastSeen'),
      cell: (group) => <TimeText value={group.last_seen} />,
    },
  ];
  return (
    <Section
      flush
      title={t('tabs.errors')}
      aside={<Freshness asOf={query.data?.pages[0]?.as_of ?? null} />}
    >
      <FeedTable
        caption={t('tabs.errors')}
        columns={columns}
        query={query}
        rowKey={(group) => group.id}
        empty={<EmptyState title={t('errors.none')} hint={t('errors.noneHint')} />}
      />
    </Section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { tenantPeopleQuery } from '../queries';
import type { PanelProps } from './panel';

/** Who belongs to a tenant. */
export default function People({ tenant }: PanelProps) {
  const { t } = useTranslation('tenants');
  const query = useQuery(tenantPeopleQuery(useApi(), tenant.id));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton />
    );
  }
  return (
    <Section
      flush
      title={t('people.title', { count: query.data.total })}
      aside={<Freshness asOf={query.dataUpdatedAt} />}
    >
      {query.data.items.length === 0 ? (
        <EmptyState title={t('people.none')} hint={t('people.noneHint')} />
      ) : (
        <Rows
          caption={t('tabs.people')}
          rows={query.data.items}
          rowKey={(person) => person.id}
          columns={[
            {
              id: 'full_name',
              title: t('people.name'),
              cell: (person) => <bdi>{person.full_name}</bdi>,
            },
            {
              id: 'email',
              title: t('people.email'),
              cell: (person) => <bdi>{person.email}</bdi>,
            },
            {
              id: 'active',
              title: t('fields.status'),
              cell: (person) => (
                <Tag tone={person.is_active ? 'good' : 'neutral'}>
                  {person.is_active ? t('people.active') : t('people.inactive')}
                </Tag>
              ),
            },
            {
              id: 'second_factor',
              title: t('people.secondFactor'),
              cell: (person) => (person.second_factor ? t('yes') : t('no')),
            },
            {
              id: 'last_login_at',
              title: t('people.lastLogin'),
              cell: (person) =>
                person.last_login_at === null ? (
                  t('people.never')
                ) : (
                  <TimeText value={person.last_login_at} />
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}

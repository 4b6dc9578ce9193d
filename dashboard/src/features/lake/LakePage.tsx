/** The lake: every entity that is copied with how many records and how fresh, and what changed. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { ButtonLink } from '@/ui/ButtonLink';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { FeedTable } from '@/ui/table/FeedTable';
import { Rows } from '@/ui/table/Rows';
import { SearchText } from '@/ui/table/SearchText';
import { Tag } from '@/ui/Tag';
import { TabLinks } from '@/ui/TabLinks';
import { TimeText } from '@/ui/TimeText';

import styles from './lake.module.css';
import { changesQuery, entitiesQuery, latestVersionQuery } from './queries';
import type { LakeEntity, LakeRecord } from './queries';
import { RecordState } from './RecordState';

const route = getRouteApi('/app/lake/');
const RENEW_MS = 10_000;

export function LakePage() {
  const { t } = useTranslation('lake');
  const navigate = useNavigate({ from: '/lake' });
  const { tab, entity } = route.useSearch();
  const query = useQuery({
    ...entitiesQuery(useApi()),
    refetchInterval: useRenewal(RENEW_MS),
  });
  const liveness = useLiveness(query);
  const shown = tab ?? 'entities';
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      />
      <TabLinks
        label={t('parts')}
        value={shown}
        tabs={(['entities', 'changes'] as const).map((value) => ({
          value,
          label: t(`tabs.${value}`),
        }))}
        onChange={(value) => {
          void navigate({ search: value === 'changes' ? { tab: value } : {} });
        }}
      >
        {query.data === undefined ? (
          query.isError ? (
            <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton lines={8} />
          )
        ) : shown === 'entities' ? (
          <Entities entities={query.data.items} />
        ) : (
          <Changes
            entities={query.data.items}
            entity={entity}
            onEntity={(wanted) => {
              void navigate({
                search: { tab: 'changes', ...(wanted === undefined ? {} : { entity: wanted }) },
              });
            }}
          />
        )}
      </TabLinks>
    </>
  );
}

function Entities({ entities }: { entities: readonly LakeEntity[] }) {
  const { t } = useTranslation('lake');
  const { bytes, count } = useNumbers();
  const [text, setText] = useState('');
  const found = entities.filter(({ entity, views }) =>
    [entity, ...views].join(' ').includes(text.toLocaleLowerCase()),
  );
  if (entities.length === 0) {
    return (
      <EmptyState
        title={t('empty')}
        hint={t('emptyHint')}
        action={<ButtonLink to="/connections">{t('toConnections')}</ButtonLink>}
      />
    );
  }
  return (
    <Section
      flush
      title={t('tabs.entities')}
      aside={
        <>
          <span className={styles.soft}>
            {t('sum', {
              records: count(entities.reduce((all, one) => all + one.records, 0)),
              bytes: bytes(entities.reduce((all, one) => all + one.bytes, 0)),
            })}
          </span>
          <SearchText code label={t('searchEntities')} value={text} onChange={setText} />
        </>
      }
    >
      <Rows
        caption={t('tabs.entities')}
        rows={found}
        rowKey={({ connection_id, entity }) => `${connection_id}/${entity}`}
        columns={[
          {
            id: 'entity',
            title: t('fields.entity'),
            cell: (one) => (
              <span className={styles.named}>
                <Link
                  to="/lake/$entity"
                  params={{ entity: one.entity }}
                  search={{ connection: one.connection_id }}
                >
                  <code>{one.entity}</code>
                </Link>
                {one.views.length > 0 && (
                  <span className={styles.views}>
                    {one.views.map((view) => (
                      <Link
                        key={view}
                        to="/lake/$entity"
                        params={{ entity: view }}
                        search={{ connection: one.connection_id }}
                      >
                        {view}
                      </Link>
                    ))}
                  </span>
                )}
              </span>
            ),
          },
          {
            id: 'source',
            title: t('fields.source'),
            cell: (one) =>
              one.source === null ? (
                <Tag>{t('removed')}</Tag>
              ) : (
                <Link to="/connections/$connectionId" params={{ connectionId: one.connection_id }}>
                  {one.source}
                </Link>
              ),
          },
          {
            id: 'records',
            title: t('fields.records'),
            numeric: true,
            cell: (one) => count(one.records),
          },
          {
            id: 'archived',
            title: t('fields.archived'),
            numeric: true,
            cell: (one) => (one.archived === 0 ? null : count(one.archived)),
          },
          {
            id: 'deleted',
            title: t('fields.deleted'),
            numeric: true,
            cell: (one) => (one.deleted === 0 ? null : count(one.deleted)),
          },
          { id: 'bytes', title: t('fields.bytes'), numeric: true, cell: (one) => bytes(one.bytes) },
          {
            id: 'read',
            title: t('fields.lastRead'),
            cell: (one) => (one.last_read === null ? null : <TimeText value={one.last_read} />),
          },
          {
            id: 'changed',
            title: t('fields.lastChanged'),
            cell: (one) =>
              one.last_changed === null ? null : <TimeText value={one.last_changed} />,
          },
        ]}
      />
    </Section>
  );
}

interface ChangesProps {
  entities: readonly LakeEntity[];
  entity: string | undefined;
  onEntity: (entity: string | undefined) => void;
}

function Changes({ entities, entity, onEntity }: ChangesProps) {
  const { t } = useTranslation('lake');
  const api = useApi();
  const latest = useQuery({
    ...latestVersionQuery(api),
    refetchInterval: useRenewal(RENEW_MS),
  });
  // of one entity the feed ends where its own changes do
  const top =
    entity === undefined
      ? Math.max(0, ...entities.map(({ version }) => version))
      : Math.max(0, ...entities.filter((one) => one.entity === entity).map((one) => one.version));
  const query = useInfiniteQuery({ ...changesQuery(api, top, entity), enabled: top > 0 });
  if (top === 0) {
    return <EmptyState title={t('noChanges')} hint={t('noChangesHint')} />;
  }
  return (
    <Section
      flush
      title={t('tabs.changes')}
      aside={
        <>
          {latest.data !== undefined && latest.data.forgotten_version > 0 && (
            <span className={styles.soft}>
              {t('forgotten', { version: latest.data.forgotten_version })}
            </span>
          )}
          <span className={styles.soft}>{t('latest', { version: top })}</span>
          <Choice
            label={t('fields.entity')}
            value={entity ?? ''}
            options={[
              { value: '', label: t('anyEntity') },
              ...[...new Set(entities.map((one) => one.entity))].map((value) => ({
                value,
                label: value,
              })),
            ]}
            onChange={(value) => {
              onEntity(value === '' ? undefined : value);
            }}
          />
        </>
      }
    >
      <FeedTable<LakeRecord>
        caption={t('tabs.changes')}
        query={query}
        rowKey={({ version }) => String(version)}
        empty={<EmptyState title={t('noChanges')} hint={t('noChangesHint')} />}
        columns={[
          {
            id: 'record',
            title: t('fields.record'),
            cell: (one) => (
              <span className={styles.named}>
                <Link
                  to="/lake/$entity"
                  params={{ entity: one.entity_type }}
                  search={{
                    connection: one.connection_id,
                    record: one.serving_id,
                    archived: 'any',
                    deleted: 'any',
                  }}
                >
                  {nameOf(one) === null ? (
                    <code>{`${one.entity_type} ${one.serving_id}`}</code>
                  ) : (
                    <bdi>{nameOf(one)}</bdi>
                  )}
                </Link>
                {nameOf(one) !== null && (
                  <code>{`${one.entity_type} ${one.serving_id}`}</code>
                )}
              </span>
            ),
          },
          {
            id: 'state',
            title: t('fields.state'),
            cell: (one) => <RecordState record={one} />,
          },
          {
            id: 'version',
            title: t('fields.version'),
            numeric: true,
            cell: (one) => <code>{one.version}</code>,
          },
          {
            id: 'stored',
            title: t('fields.stored'),
            cell: (one) => <TimeText value={one.last_aggregated} />,
          },
          {
            id: 'changed',
            title: t('fields.changedInSource'),
            cell: (one) =>
              one.source_changed_at === null ? null : <TimeText value={one.source_changed_at} />,
          },
        ]}
      />
    </Section>
  );
}

export function nameOf({ data }: LakeRecord): string | null {
  const name = [data.display_name, data.name, data.complete_name].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof name === 'string' ? name : null;
}

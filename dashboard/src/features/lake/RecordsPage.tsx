/** Records of one entity or view, as the address asks for them. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness, useRenewal } from '@/query/live';
import { useNumbers } from '@/i18n/language';
import { Choice } from '@/ui/Choice';
import { Chips } from '@/ui/Chips';
import { Combobox } from '@/ui/Combobox';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { FeedTable } from '@/ui/table/FeedTable';
import { compact } from '@/ui/table/listSearch';
import { TimeText } from '@/ui/TimeText';

import { fieldNames, usualFields } from './columns';
import { Filters } from './Filters';
import styles from './lake.module.css';
import { LakeValue } from './LakeValue';
import { nameOf } from './LakePage';
import { entitiesQuery, recordsQuery } from './queries';
import type { LakeRecord } from './queries';
import { RecordDialog } from './RecordDialog';
import { RecordState } from './RecordState';
import { SHOWN } from './search';
import type { RecordsSearch } from './search';

const route = getRouteApi('/app/lake/$entity');
const RENEW_MS = 10_000;

export function RecordsPage() {
  const { t } = useTranslation('lake');
  const { count } = useNumbers();
  const { entity } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/lake/$entity' });
  const api = useApi();
  const isPushed = useRenewal(RENEW_MS);
  const query = useInfiniteQuery({
    ...recordsQuery(api, entity, search),
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 1 ? false : isPushed),
  });
  const known = useQuery(entitiesQuery(api));
  const liveness = useLiveness(query);
  const records = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const names = fieldNames(records);
  const shown = search.fields?.split(',') ?? usualFields(records);
  const of = known.data?.items.find(
    (one) =>
      (one.entity === entity || one.views.includes(entity)) &&
      (search.connection === undefined || one.connection_id === search.connection),
  );
  const go = (change: { [Key in keyof RecordsSearch]?: RecordsSearch[Key] | undefined }) => {
    void navigate({ search: compact({ ...search, ...change }) });
  };
  const isAsked =
    search.filter !== undefined || search.archived !== undefined || search.deleted !== undefined;
  return (
    <>
      <PageHeader
        title={entity}
        subtitle={
          of === undefined ? undefined : (
            <>
              {of.entity !== entity && <code>{of.entity}</code>}{' '}
              {t('held', { records: count(of.records), archived: count(of.archived) })}
              {of.last_read !== null && (
                <>
                  {' · '}
                  {t('fields.lastRead')} <TimeText value={of.last_read} />
                </>
              )}
            </>
          )
        }
        back={{ to: '/lake', label: t('title') }}
        actions={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      />
      <Panel>
        <Filters
          terms={search.filter ?? []}
          fields={names}
          onChange={(filter) => {
            go({ filter: filter.length === 0 ? undefined : filter });
          }}
        />
        <div className={styles.asked}>
          {(['archived', 'deleted'] as const).map((which) => (
            <Choice
              key={which}
              label={t(`fields.${which}`)}
              value={search[which] ?? ''}
              options={[
                ...(['no', ...SHOWN] as const).map((value) => ({
                  value: value === 'no' ? '' : value,
                  label:
                    which === 'archived' ? t(`show.archived.${value}`) : t(`show.deleted.${value}`),
                })),
              ]}
              onChange={(value) => {
                go({ [which]: SHOWN.find((one) => one === value) });
              }}
            />
          ))}
          <Choice
            label={t('sort.label')}
            value={search.sort ?? ''}
            options={[
              { value: '', label: t('sort.key') },
              { value: '-version', label: t('sort.newest') },
              { value: 'version', label: t('sort.oldest') },
              ...shown.flatMap((name) => [
                { value: `data.${name}`, label: `${name} ↑` },
                { value: `-data.${name}`, label: `${name} ↓` },
              ]),
            ]}
            onChange={(value) => {
              go({ sort: value === '' ? undefined : value });
            }}
          />
          <Chips
            label={t('columns')}
            items={shown.map((value) => ({ value, label: value }))}
            onRemove={(name) => {
              const rest = shown.filter((one) => one !== name);
              go({ fields: rest.length === 0 ? undefined : rest.join(',') });
            }}
          >
            <Combobox
              className={styles.field}
              label={t('addColumn')}
              placeholder={t('addColumn')}
              value={null}
              options={names
                .filter((name) => !shown.includes(name))
                .map((name) => ({ value: name, label: name }))}
              onChange={(name) => {
                if (name !== null) {
                  go({ fields: [...shown, name].join(',') });
                }
              }}
            />
          </Chips>
        </div>
        <FeedTable<LakeRecord>
          caption={entity}
          query={query}
          rowKey={({ connection_id, serving_id }) => `${connection_id}/${serving_id}`}
          empty={
            isAsked ? (
              <EmptyState title={t('noneSuch')} hint={t('noneSuchHint')} />
            ) : (
              <EmptyState title={t('noRecords')} hint={t('noRecordsHint')} />
            )
          }
          columns={[
            {
              id: 'key',
              title: t('fields.key'),
              cell: (record) => (
                <Link
                  to="/lake/$entity"
                  params={{ entity }}
                  search={{ ...search, record: record.serving_id }}
                  className={styles.key}
                  aria-label={`${record.serving_id} ${nameOf(record) ?? ''}`.trim()}
                >
                  <code>{record.serving_id}</code>
                </Link>
              ),
            },
            ...shown.map((name) => ({
              id: name,
              title: name,
              cell: (record: LakeRecord) => <LakeValue value={record.data[name]} />,
            })),
            {
              id: 'state',
              title: t('fields.state'),
              cell: (record) => <RecordState record={record} />,
            },
            {
              id: 'stored',
              title: t('fields.stored'),
              cell: (record) => <TimeText value={record.last_aggregated} />,
            },
          ]}
        />
      </Panel>
      {search.record !== undefined && (
        <RecordDialog
          entity={entity}
          recordKey={search.record}
          connection={search.connection}
          onClose={() => {
            go({ record: undefined });
          }}
        />
      )}
    </>
  );
}

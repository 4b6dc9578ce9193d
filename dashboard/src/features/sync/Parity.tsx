/** Whether the copy equals its source: reports, where it differs, and the way to mend it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLanguage, useNumbers } from '@/i18n/language';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Figure, Figures } from '@/ui/Figure';
import { Freshness } from '@/ui/Freshness';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { FeedTable } from '@/ui/table/FeedTable';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { useCompare } from './changes';
import { Differences, KINDS } from './Differences';
import type { DifferencesProps } from './Differences';
import { EntityName } from './EntityName';
import {
  RESTING_MS,
  RUNNING_MS,
  entitiesOf,
  planQuery,
  reportsQuery,
} from './queries';
import type { Band, EntityReport, Report } from './queries';
import styles from './sync.module.css';
import { ReportTag } from './Tags';
import { Said } from './Trouble';

const CONTENTS = ['none', 'rolling', 'full'] as const;

interface ParityProps {
  connectionId: string;
  connector: string;
  reportId: string | undefined;
  entity: string | undefined;
  onSearch: (search: { report?: string; entity?: string }) => void;
}

export function Parity({ connectionId, connector, reportId, entity, onSearch }: ParityProps) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const api = useApi();
  const query = useInfiniteQuery({
    ...reportsQuery(api, connectionId),
    refetchInterval: ({ state: { data } }) =>
      data?.pages[0]?.items.some(({ status }) => status === 'running') === true
        ? RUNNING_MS
        : RESTING_MS,
  });
  const plan = useQuery(planQuery(api, connectionId));
  const liveness = useLiveness(query);
  const titles = new Map(plan.data?.entities.map((one) => [one.entity, one.title || one.entity]));
  const reports = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const report = reports.find(({ id }) => id === reportId) ?? reports[0];
  return (
    <Stack>
      <div className={styles.bar}>
        <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
        <Ask connectionId={connectionId} />
      </div>
      {query.isError && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={8} />}
      {report !== undefined && (
        <ReportView
          report={report}
          titles={titles}
          connector={connector}
          entity={entity}
          onEntity={(wanted) => {
            onSearch({
              ...(reportId === undefined ? {} : { report: reportId }),
              ...(wanted === undefined ? {} : { entity: wanted }),
            });
          }}
        />
      )}
      <Section flush title={t('reports')}>
        <FeedTable
          caption={t('reports')}
          query={query}
          rowKey={({ id }) => id}
          empty={<EmptyState title={t('noReports')} hint={t('noReportsHint')} />}
          columns={[
            {
              id: 'when',
              title: t('fields.started'),
              cell: (one) => (
                <Link
                  to="/connections/$connectionId"
                  params={{ connectionId }}
                  search={{ tab: 'parity', report: one.id }}
                >
                  <TimeText value={one.started_at} />
                </Link>
              ),
            },
            {
              id: 'status',
              title: t('fields.status'),
              cell: (one) => <ReportTag status={one.status} />,
            },
            {
              id: 'content',
              title: t('fields.compared'),
              cell: (one) => t(`content.${one.content}`),
            },
            ...(['missing', 'extra', 'different'] as const).map((kind) => ({
              id: kind,
              title: t(`difference.${kind}`),
              numeric: true,
              cell: (one: Report) => (one[kind] === 0 ? null : count(one[kind])),
            })),
            {
              id: 'unrepaired',
              title: t('fields.unrepaired'),
              numeric: true,
              cell: (one) => (one.unrepaired ? count(one.unrepaired) : null),
            },
          ]}
        />
      </Section>
    </Stack>
  );
}

function Ask({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation('sync');
  const isAllowed = useMay();
  const toasts = useToasts();
  const compare = useCompare(connectionId);
  const [content, setContent] = useState<(typeof CONTENTS)[number]>('none');
  if (!isAllowed('sync:write')) {
    return null;
  }
  return (
    <span className={styles.bar}>
      <Choice
        label={t('fields.compared')}
        value={content}
        options={CONTENTS.map((value) => ({ value, label: t(`content.${value}`) }))}
        onChange={(value) => {
          setContent(CONTENTS.find((one) => one === value) ?? 'none');
        }}
      />
      <Button
        type="primary"
        loading={compare.isPending}
        onClick={() => {
          compare.mutate(
            { content },
            {
              onSuccess: () => {
                toasts.success(t('comparing'));
              },
              onError: (error) => {
                toasts.failure(t('notDone'), error);
              },
            },
          );
        }}
      >
        {t('compareNow')}
      </Button>
    </span>
  );
}

function ReportView({ report, titles, connector, entity, onEntity }: DifferencesProps) {
  const { t } = useTranslation('sync');
  const { count, duration } = useNumbers();
  const rows = entitiesOf(report);
  const found = report.missing + report.extra + report.different;
  const aside = rows.reduce((all, [, one]) => all + (one.set_aside ?? 0), 0);
  return (
    <>
      <Section
        title={t('reportOf')}
        aside={
          <>
            <ReportTag status={report.status} />
            <TimeText value={report.started_at} />
          </>
        }
      >
        <Stack>
          {report.error !== null && (
            <Notice tone="bad" title={t('reportFailed')}>
              {report.error}
            </Notice>
          )}
          {report.status === 'equal' && aside === 0 && <Notice tone="good" title={t('isEqual')} />}
          {aside > 0 && (
            <Notice tone="warn" title={t('trouble.aside', { count: aside })}>
              {t('trouble.asideHint')}
            </Notice>
          )}
          <Figures>
            <Figure
              label={t('figures.source')}
              value={count(rows.reduce((all, [, one]) => all + (one.source_records ?? 0), 0))}
            />
            <Figure
              label={t('figures.lake')}
              value={count(rows.reduce((all, [, one]) => all + (one.lake_records ?? 0), 0))}
            />
            {(['missing', 'extra', 'different'] as const).map((kind) => (
              <Figure
                key={kind}
                label={t(`difference.${kind}`)}
                value={count(report[kind])}
                tone={report[kind] > 0 ? 'bad' : 'plain'}
              />
            ))}
          </Figures>
        </Stack>
      </Section>
      {rows.length > 0 && (
        <Section flush title={t('bands')}>
          <Rows
            caption={t('bands')}
            rows={rows}
            rowKey={([name]) => name}
            columns={[
              {
                id: 'entity',
                title: t('fields.entity'),
                cell: ([name]) => <EntityName entity={name} title={titles.get(name)} />,
              },
              {
                id: 'source',
                title: t('figures.source'),
                numeric: true,
                cell: ([, one]) => figure(one.source_records, count),
              },
              {
                id: 'lake',
                title: t('figures.lake'),
                numeric: true,
                cell: ([, one]) => figure(one.lake_records, count),
              },
              {
                id: 'strip',
                title: t('fields.months'),
                cell: ([, one]) => <Strip report={one} />,
              },
              {
                id: 'found',
                title: t('fields.found'),
                cell: ([, one]) => <Found report={one} />,
              },
              {
                id: 'content',
                title: t('fields.contentRead'),
                numeric: true,
                cell: ([, one]) => figure(one.content_compared, count),
              },
              {
                id: 'seconds',
                title: t('fields.took'),
                numeric: true,
                cell: ([, one]) => (one.seconds === undefined ? null : duration(one.seconds * 1000)),
              },
            ]}
          />
        </Section>
      )}
      {found > 0 && (
        <Differences
          report={report}
          titles={titles}
          connector={connector}
          entity={entity}
          onEntity={onEntity}
        />
      )}
    </>
  );
}

function figure(value: number | undefined, count: (value: number) => string): string | null {
  return value === undefined ? null : count(value);
}

function Found({ report }: { report: EntityReport }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  if (report.error !== undefined) {
    return <Said error={report.error} whatToDo={report.what_to_do ?? null} />;
  }
  const kinds = (['missing', 'extra', 'different'] as const).filter((kind) => report[kind]);
  return (
    <>
      {kinds.length === 0 && !report.set_aside && <Tag tone="good">{t('report.equal')}</Tag>}
      {kinds.map((kind) => (
        <Tag key={kind} tone={KINDS[kind]}>
          {t(`difference.${kind}`)}: {count(report[kind] ?? 0)}
        </Tag>
      ))}
      {report.set_aside ? (
        <Tag tone="warn">{t('trouble.aside', { count: report.set_aside })}</Tag>
      ) : null}
      {report.in_flight ? (
        <div className={styles.soft}>{t('inFlight', { count: report.in_flight })}</div>
      ) : null}
    </>
  );
}

/** A square a month: the fuller, the more records; red where source and lake don't agree. */
function Strip({ report }: { report: EntityReport }) {
  const { t } = useTranslation('sync');
  const { tag } = useLanguage();
  const { count } = useNumbers();
  const spans = report.spans ?? [];
  if (spans.length === 0) {
    return null;
  }
  const most = Math.max(...spans.map(({ source, lake }) => Math.max(source, lake)), 1);
  const differing = spans.filter(({ equal }) => !equal).length;
  const month = new Intl.DateTimeFormat(tag, { timeZone: 'UTC', month: 'short', year: 'numeric' });
  const name = ({ start }: Band) => (start === null ? t('noTime') : month.format(Date.parse(start)));
  return (
    <div
      role="img"
      aria-label={t('strip', { count: spans.length, differing: count(differing) })}
      className={styles.strip}
    >
      {spans.map((band) => (
        <span
          key={band.start ?? 'none'}
          className={styles.cell}
          data-equal={band.equal}
          style={{ '--weight': Math.max(band.source, band.lake) / most } as CSSProperties}
          title={`${name(band)} · ${t('bandFigures', {
            source: count(band.source),
            lake: count(band.lake),
          })}`}
        />
      ))}
    </div>
  );
}

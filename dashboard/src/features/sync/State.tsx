/** How a connection's copy stands: its age, what is wrong, the run under way, each entity. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Figure, Figures } from '@/ui/Figure';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { useCancel, useChangePlan, useStart } from './changes';
import { EntityName } from './EntityName';
import { Lag, useLagSeconds } from './Lag';
import { RESTING_MS, RUNNING_MS, planQuery, standingQuery } from './queries';
import type { PlannedEntity, Standing } from './queries';
import { RunEntities, RunFigures } from './RunProgress';
import { useSpan } from './span';
import styles from './sync.module.css';
import { EntityTag, RunTag, StandingTag } from './Tags';
import { Trouble } from './Trouble';

export function State({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const api = useApi();
  const span = useSpan();
  const query = useQuery({
    ...standingQuery(api, connectionId),
    refetchInterval: ({ state: { data } }) =>
      data?.current_run == null ? RESTING_MS : RUNNING_MS,
  });
  const standing = query.data;
  const isRunning = standing?.current_run != null;
  const plan = useQuery({
    ...planQuery(api, connectionId),
    refetchInterval: isRunning ? 2 * RUNNING_MS : RESTING_MS,
  });
  const liveness = useLiveness(query, plan);
  const lag = useLagSeconds(standing?.caught_up_at ?? null);
  if (standing === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  const entities = plan.data?.entities.filter(({ is_enabled }) => is_enabled) ?? [];
  const records = entities.reduce((all, one) => all + (one.records ?? 0), 0);
  const titles = new Map(entities.map(({ entity, title }) => [entity, title || entity]));
  const run = standing.current_run;
  return (
    <Stack>
      <div className={styles.bar}>
        <span className={styles.bar}>
          <StandingTag state={standing.state} />
          <Freshness asOf={query.dataUpdatedAt} liveness={liveness} />
        </span>
        <Actions standing={standing} />
      </div>
      <Trouble standing={standing} plan={plan.data} />
      <Figures>
        <Figure
          label={t('figures.lag')}
          value={lag === null ? null : t('old', { span: span(lag) })}
        />
        <Figure
          label={t('figures.records')}
          value={plan.data === undefined ? null : count(records)}
          note={t('figures.entities', { count: entities.length })}
        />
        <Figure
          label={t('figures.every')}
          value={span(standing.interval_seconds)}
          note={
            standing.next_run_at === null ? undefined : (
              <>
                {t('figures.next')} <TimeText value={standing.next_run_at} />
              </>
            )
          }
        />
        <Figure
          label={t('figures.aside')}
          value={count(standing.set_aside)}
          tone={standing.set_aside > 0 ? 'bad' : 'plain'}
        />
      </Figures>
      {run !== null && (
        <Section
          flush
          title={t('underWay')}
          aside={
            <>
              <RunTag status={run.status} />
              <Link
                to="/connections/$connectionId/runs/$runId"
                params={{ connectionId, runId: run.id }}
              >
                {t('toRun')}
              </Link>
            </>
          }
        >
          <RunFigures run={run} asOf={query.dataUpdatedAt} />
          {Object.keys(run.stats).length > 0 && <RunEntities run={run} titles={titles} />}
        </Section>
      )}
      <Section flush title={t('entities')}>
        {plan.data === undefined ? (
          plan.isError ? (
            <ErrorPanel error={plan.error} onRetry={() => void plan.refetch()} />
          ) : (
            <Skeleton lines={6} />
          )
        ) : entities.length === 0 ? (
          <EmptyState
            title={t('noEntities')}
            hint={t('noEntitiesHint')}
            action={
              <Link
                to="/connections/$connectionId"
                params={{ connectionId }}
                search={{ tab: 'models' }}
              >
                {t('trouble.toModels')}
              </Link>
            }
          />
        ) : (
          <Entities connectionId={connectionId} entities={entities} />
        )}
      </Section>
    </Stack>
  );
}

function Entities(props: { connectionId: string; entities: readonly PlannedEntity[] }) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  return (
    <Rows
      caption={t('entities')}
      rows={props.entities}
      rowKey={({ entity }) => entity}
      columns={[
        {
          id: 'entity',
          title: t('fields.entity'),
          cell: ({ entity, title }) => (
            <EntityName
              entity={entity}
              title={title}
              wrap={(name) => (
                <Link
                  to="/lake/$entity"
                  params={{ entity }}
                  search={{ connection: props.connectionId }}
                >
                  {name}
                </Link>
              )}
            />
          ),
        },
        {
          id: 'state',
          title: t('fields.status'),
          cell: ({ state }) => <EntityTag state={state} />,
        },
        {
          id: 'records',
          title: t('fields.records'),
          numeric: true,
          cell: ({ records }) => (records === null || records === undefined ? null : count(records)),
        },
        {
          id: 'lag',
          title: t('fields.copy'),
          cell: ({ caught_up_at }) => <Lag caughtUpAt={caught_up_at} />,
        },
        {
          id: 'swept',
          title: t('fields.swept'),
          cell: ({ swept_at }) => (swept_at === null ? null : <TimeText value={swept_at} />),
        },
        {
          id: 'aside',
          title: t('fields.aside'),
          numeric: true,
          cell: ({ set_aside }) => (set_aside === 0 ? null : count(set_aside)),
        },
      ]}
    />
  );
}

function Actions({ standing }: { standing: Standing }) {
  const { t } = useTranslation('sync');
  const isAllowed = useMay();
  const toasts = useToasts();
  const { connection_id, current_run, state } = standing;
  const start = useStart(connection_id);
  const cancel = useCancel();
  const change = useChangePlan(connection_id);
  const failed = (error: Error) => {
    toasts.failure(t('notDone'), error);
  };
  if (!isAllowed('sync:write')) {
    return null;
  }
  const begin = (full: boolean) => {
    start.mutate(
      { full },
      {
        onSuccess: () => {
          toasts.success(t('started'));
        },
        onError: failed,
      },
    );
  };
  return (
    <span className={styles.bar}>
      {current_run != null && (
        <Button
          danger
          loading={cancel.isPending}
          onClick={() => {
            cancel.mutate(current_run.id, { onError: failed });
          }}
        >
          {t('cancelRun')}
        </Button>
      )}
      <Button
        loading={change.isPending}
        onClick={() => {
          change.mutate({ is_enabled: state === 'off' }, { onError: failed });
        }}
      >
        {state === 'off' ? t('resume') : t('pause')}
      </Button>
      <Button
        loading={start.isPending && start.variables.full}
        onClick={() => {
          begin(true);
        }}
      >
        {t('startFull')}
      </Button>
      <Button
        type="primary"
        loading={start.isPending && !start.variables.full}
        onClick={() => {
          begin(false);
        }}
      >
        {t('start')}
      </Button>
    </span>
  );
}

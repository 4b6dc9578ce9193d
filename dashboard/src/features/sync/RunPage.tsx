/** One run: what it read and changed, as it goes, and what went wrong. */
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { useLiveness } from '@/query/live';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { Notice } from '@/ui/Notice';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { useCancel } from './changes';
import { RESTING_MS, RUNNING_MS, isUnderWay, planQuery, runQuery } from './queries';
import { RunEntities, RunFigures } from './RunProgress';
import { RunTag } from './Tags';
import { Said } from './Trouble';

const route = getRouteApi('/app/connections/$connectionId/runs/$runId');

export function RunPage() {
  const { t } = useTranslation('sync');
  const { connectionId, runId } = route.useParams();
  const api = useApi();
  const isAllowed = useMay();
  const toasts = useToasts();
  const cancel = useCancel();
  const query = useQuery({
    ...runQuery(api, runId),
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && isUnderWay(data) ? RUNNING_MS : RESTING_MS,
  });
  const liveness = useLiveness(query);
  const plan = useQuery(planQuery(api, connectionId));
  const run = query.data;
  if (run === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  const titles = new Map(plan.data?.entities.map(({ entity, title }) => [entity, title || entity]));
  const error = run.error_message ?? null;
  const reportId = run.options.report_id;
  return (
    <>
      <PageHeader
        title={t(`kind.${run.kind}`)}
        mark={<RunTag status={run.status} />}
        back={{
          to: '/connections/$connectionId',
          params: { connectionId },
          search: { tab: 'runs' },
          label: t('runs'),
        }}
        actions={
          <>
            <Freshness asOf={query.dataUpdatedAt} liveness={liveness} />
            {isUnderWay(run) && isAllowed('sync:write') && (
              <Button
                danger
                loading={cancel.isPending}
                onClick={() => {
                  cancel.mutate(run.id, {
                    onSuccess: () => {
                      toasts.success(t('cancelled'));
                    },
                    onError: (problem) => {
                      toasts.failure(t('notCancelled'), problem);
                    },
                  });
                }}
              >
                {t('cancelRun')}
              </Button>
            )}
          </>
        }
      />
      <Stack>
        {run.status === 'queued' && <Notice tone="good" title={t('queuedHint')} />}
        {(error !== null || run.what_to_do !== null) && (
          <Notice tone={run.status === 'failed' ? 'bad' : 'warn'} title={t(`ended.${run.status}`)}>
            <Said error={error} whatToDo={run.what_to_do} />
          </Notice>
        )}
        <RunFigures run={run} asOf={query.dataUpdatedAt} />
        <Section title={t('about')}>
          <Facts
            none={t('notYet')}
            items={[
              { label: t('fields.trigger'), value: t(`trigger.${run.trigger}`) },
              { label: t('fields.asked'), value: <TimeText value={run.requested_at} /> },
              {
                label: t('fields.started'),
                value: run.started_at === null ? null : <TimeText value={run.started_at} />,
              },
              {
                label: t('fields.ended'),
                value: run.completed_at == null ? null : <TimeText value={run.completed_at} />,
              },
              { label: t('fields.repeated'), value: String(run.repeated) },
              { label: t('fields.resumed'), value: String(run.resumed) },
              {
                label: t('fields.scope'),
                value: run.options.full === true ? t('scope.full') : t('scope.changes'),
              },
            ]}
          />
          {typeof reportId === 'string' && (
            <p>
              <Link
                to="/connections/$connectionId"
                params={{ connectionId }}
                search={{ tab: 'parity', report: reportId }}
              >
                {t('toReport')}
              </Link>
            </p>
          )}
        </Section>
        <Section flush title={t('perEntity')}>
          {Object.keys(run.stats).length === 0 ? (
            <EmptyState title={t('nothingRead')} hint={t('nothingReadHint')} />
          ) : (
            <RunEntities run={run} titles={titles} />
          )}
        </Section>
      </Stack>
    </>
  );
}

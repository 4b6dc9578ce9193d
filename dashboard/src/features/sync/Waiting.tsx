/** What waits: removals too large to be done unasked, and records that could not be stored. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness, useRenewal } from '@/query/live';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { Choice } from '@/ui/Choice';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { FeedTable } from '@/ui/table/FeedTable';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';

import { useDecide, useRetry } from './changes';
import { EntityName } from './EntityName';
import { RESTING_MS, planQuery, setAsidesQuery } from './queries';
import type { PlannedEntity } from './queries';
import styles from './sync.module.css';

interface WaitingProps {
  connectionId: string;
  entity: string | undefined;
  onEntity: (entity: string | undefined) => void;
}

export function Waiting({ connectionId, entity, onEntity }: WaitingProps) {
  const { t } = useTranslation('sync');
  const plan = useQuery({
    ...planQuery(useApi(), connectionId),
    refetchInterval: useRenewal(RESTING_MS),
  });
  const asking =
    plan.data?.entities.filter(({ deletes }) => deletes !== null && deletes.decision == null) ?? [];
  return (
    <Stack>
      <Section title={t('deletes.title')}>
        {plan.data === undefined ? (
          plan.isError ? (
            <ErrorPanel error={plan.error} onRetry={() => void plan.refetch()} />
          ) : (
            <Skeleton />
          )
        ) : asking.length === 0 ? (
          <p className={styles.soft}>{t('deletes.none')}</p>
        ) : (
          <Stack>
            {asking.map((one) => (
              <Deletes key={one.entity} connectionId={connectionId} entity={one} />
            ))}
          </Stack>
        )}
      </Section>
      <SetAsides
        connectionId={connectionId}
        entity={entity}
        entities={plan.data?.entities ?? []}
        onEntity={onEntity}
      />
    </Stack>
  );
}

function Deletes({ connectionId, entity }: { connectionId: string; entity: PlannedEntity }) {
  const { t } = useTranslation('sync');
  const { count, share } = useNumbers();
  const isAllowed = useMay();
  const toasts = useToasts();
  const decide = useDecide(connectionId);
  const [asked, setAsked] = useState<'confirm' | 'refuse'>();
  const { deletes } = entity;
  if (deletes === null) {
    return null;
  }
  const title = entity.title || entity.entity;
  const dialog = {
    busy: decide.isPending,
    error: decide.error,
    onCancel: () => {
      decide.reset();
      setAsked(undefined);
    },
    onConfirm: () => {
      if (asked !== undefined) {
        decide.mutate(
          { entity: entity.entity, decision: asked },
          {
            onSuccess: () => {
              setAsked(undefined);
              toasts.success(t(`deletes.done.${asked}`));
            },
          },
        );
      }
    },
  };
  return (
    <div className={styles.question}>
      <h3>
        <EntityName entity={entity.entity} title={entity.title} />
      </h3>
      <p>
        {t('deletes.what', {
          records: count(deletes.count),
          of: count(deletes.of),
          share: share(deletes.of === 0 ? 1 : deletes.count / deletes.of),
        })}
      </p>
      <Facts
        none={t('notYet')}
        items={[
          { label: t('deletes.found'), value: <TimeText value={deletes.found_at} /> },
          { label: t('deletes.gone'), value: count(deletes.count - deletes.not_visible) },
          { label: t('deletes.notVisible'), value: count(deletes.not_visible) },
        ]}
      />
      <p className={styles.soft}>{t('deletes.sample')}</p>
      <div className={styles.sample}>
        {deletes.sample.map((key) => (
          <code key={key}>{key}</code>
        ))}
      </div>
      <p className={styles.soft}>{t('deletes.whatToDo')}</p>
      {isAllowed('sync:write') && (
        <Buttons>
          <Button
            onClick={() => {
              setAsked('refuse');
            }}
          >
            {t('deletes.refuse')}
          </Button>
          <Button
            danger
            onClick={() => {
              setAsked('confirm');
            }}
          >
            {t('deletes.confirm')}
          </Button>
        </Buttons>
      )}
      {asked === 'refuse' && (
        <ConfirmDialog
          {...dialog}
          title={t('deletes.refuseTitle', { title })}
          confirm={t('deletes.refuse')}
        >
          {t('deletes.refuseHint')}
        </ConfirmDialog>
      )}
      {asked === 'confirm' && (
        <TypedConfirmDialog
          {...dialog}
          title={t('deletes.confirmTitle', { title })}
          word={entity.entity}
          confirm={t('deletes.confirm')}
        >
          {t('deletes.confirmHint', { records: count(deletes.count) })}
        </TypedConfirmDialog>
      )}
    </div>
  );
}

interface SetAsidesProps extends WaitingProps {
  entities: readonly PlannedEntity[];
}

function SetAsides({ connectionId, entity, entities, onEntity }: SetAsidesProps) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const isAllowed = useMay();
  const toasts = useToasts();
  const query = useInfiniteQuery({
    ...setAsidesQuery(useApi(), connectionId, entity),
    refetchInterval: useRenewal(RESTING_MS),
  });
  const liveness = useLiveness(query);
  const retry = useRetry(connectionId);
  const mayWrite = isAllowed('sync:write');
  const again = (keys?: { entity: string; keys: string[] }) => {
    retry.mutate(keys ?? (entity === undefined ? {} : { entity }), {
      onSuccess: ({ count: tried }) => {
        toasts.success(t('aside.retried', { count: tried }));
      },
      onError: (error) => {
        toasts.failure(t('notDone'), error);
      },
    });
  };
  const isNone = query.data?.pages[0]?.items.length === 0;
  const affected = entities.filter((one) => one.set_aside > 0 || one.entity === entity);
  return (
    <Section
      flush
      title={t('aside.title')}
      aside={
        <>
          <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
          {affected.length > 0 && (
            <Choice
              label={t('fields.entity')}
              value={entity ?? ''}
              options={[
                { value: '', label: t('anyEntity') },
                ...affected.map((one) => ({ value: one.entity, label: one.title || one.entity })),
              ]}
              onChange={(value) => {
                onEntity(value === '' ? undefined : value);
              }}
            />
          )}
          {mayWrite && !isNone && (
            <Button
              size="small"
              loading={retry.isPending}
              onClick={() => {
                again();
              }}
            >
              {t('aside.retryAll')}
            </Button>
          )}
        </>
      }
    >
      <FeedTable
        caption={t('aside.title')}
        query={query}
        rowKey={(one) => `${one.entity}/${one.key}`}
        empty={<EmptyState title={t('aside.none')} hint={t('aside.noneHint')} />}
        columns={[
          {
            id: 'record',
            title: t('fields.record'),
            cell: (one) => (
              <EntityName
                entity={one.entity}
                title={entities.find((known) => known.entity === one.entity)?.title}
                record={one.key}
              />
            ),
          },
          {
            id: 'reason',
            title: t('fields.reason'),
            cell: (one) => <span dir="auto">{one.reason}</span>,
          },
          {
            id: 'attempts',
            title: t('fields.attempts'),
            numeric: true,
            cell: (one) => count(one.attempts),
          },
          {
            id: 'last',
            title: t('fields.lastTry'),
            cell: (one) => <TimeText value={one.last_at} />,
          },
          {
            id: 'next',
            title: t('fields.nextTry'),
            cell: (one) => <TimeText value={one.retry_at} />,
          },
          ...(mayWrite
            ? [
                {
                  id: 'actions',
                  title: t('fields.actions'),
                  cell: (one: { entity: string; key: string }) => (
                    <Button
                      size="small"
                      aria-label={t('aside.retryOne', { record: `${one.entity} ${one.key}` })}
                      onClick={() => {
                        again({ entity: one.entity, keys: [one.key] });
                      }}
                    >
                      {t('aside.retry')}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Section>
  );
}

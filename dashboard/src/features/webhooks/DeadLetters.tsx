/** Events that failed for good, why, and the way to process them again or give them up. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { Panel } from '@/ui/Panel';
import { Section } from '@/ui/Section';
import { Stack } from '@/ui/Stack';
import { FeedTable } from '@/ui/table/FeedTable';
import { compact } from '@/ui/table/listSearch';
import { Rows } from '@/ui/table/Rows';
import { TimeText } from '@/ui/TimeText';
import { Tick } from '@/ui/form/fields';
import { useToasts } from '@/ui/toasts';

import { EventFilters, NoEvents, OpenEvent } from './lists';
import type { ListProps } from './lists';
import { FaultTag } from './marks';
import { RENEW_MS, deadLettersQuery, deadStatsQuery, useSettle } from './queries';
import { FAULTS } from './search';
import styles from './webhooks.module.css';

export function DeadLetters({ search, onSearch, onOpen }: ListProps) {
  const { t } = useTranslation('webhooks');
  const { count } = useNumbers();
  const isAllowed = useMay();
  const toasts = useToasts();
  const api = useApi();
  const query = useInfiniteQuery({
    ...deadLettersQuery(api, search),
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 1 ? false : RENEW_MS),
  });
  const stats = useQuery({ ...deadStatsQuery(api), refetchInterval: RENEW_MS });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<'retry' | 'discard'>();
  const retry = useSettle('retry');
  const discard = useSettle('discard');
  const mayWrite = isAllowed('webhooks:write');
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const chosen = rows.filter(({ id }) => picked.has(id)).map(({ id }) => id);
  const scope =
    chosen.length > 0
      ? { event_ids: chosen }
      : compact({ model: search.model, fault: search.fault });
  const isFiltered = (search.model ?? search.fault) !== undefined;
  const settle = asked === 'discard' ? discard : retry;
  const again = (ids: string[]) => {
    retry.mutate(
      { event_ids: ids },
      {
        onSuccess: ({ events }) => {
          toasts.success(t('retried', { count: events }));
        },
        onError: (error) => {
          toasts.failure(t('notDone'), error);
        },
      },
    );
  };
  return (
    <Stack>
      {stats.data !== undefined && stats.data.reasons.length > 0 && (
        <Section flush title={t('reasons')}>
          <Rows
            caption={t('reasons')}
            rows={stats.data.reasons}
            rowKey={({ fault, reason }) => fault + reason}
            columns={[
              {
                id: 'reason',
                title: t('fields.reason'),
                cell: ({ reason }) => <span dir="auto">{reason}</span>,
              },
              {
                id: 'fault',
                title: t('fields.fault'),
                cell: ({ fault }) => (
                  <span className={styles.faults}>
                    <FaultTag fault={fault} />
                    <span className={styles.soft}>{t(`whatToDo.${fault}`)}</span>
                  </span>
                ),
              },
              {
                id: 'events',
                title: t('fields.events'),
                numeric: true,
                cell: ({ events }) => count(events),
              },
              {
                id: 'oldest',
                title: t('fields.oldest'),
                cell: ({ oldest }) => <TimeText value={oldest} />,
              },
            ]}
          />
        </Section>
      )}
      <Panel>
        <EventFilters
          search={search}
          onSearch={onSearch}
          filters={[
            {
              id: 'fault',
              label: t('fields.fault'),
              value: search.fault,
              options: FAULTS.map((value) => ({ value, label: t(`fault.${value}`) })),
            },
          ]}
          aside={
            mayWrite &&
            rows.length > 0 && (
              <Buttons>
                <Button
                  danger
                  onClick={() => {
                    setAsked('discard');
                  }}
                >
                  {chosen.length > 0
                    ? t('discardSome', { count: chosen.length })
                    : t('discardAll')}
                </Button>
                <Button
                  type="primary"
                  onClick={() => {
                    setAsked('retry');
                  }}
                >
                  {chosen.length > 0 ? t('retrySome', { count: chosen.length }) : t('retryAll')}
                </Button>
              </Buttons>
            )
          }
        />
        <FeedTable
          caption={t('tabs.dead')}
          query={query}
          rowKey={({ id }) => id}
          empty={
            <NoEvents isFiltered={isFiltered} title={t('noDead')} hint={t('noDeadHint')} />
          }
          columns={[
            {
              id: 'record',
              title: t('fields.record'),
              cell: ({ id, model, record_key }) => (
                <span className={styles.picked}>
                  {mayWrite && (
                    <Tick
                      value={picked.has(id)}
                      onChange={(isOn) => {
                        const next = new Set(picked);
                        if (isOn) {
                          next.add(id);
                        } else {
                          next.delete(id);
                        }
                        setPicked(next);
                      }}
                    >
                      <span className="visually-hidden">
                        {t('pick', { record: `${model} ${record_key}` })}
                      </span>
                    </Tick>
                  )}
                  <OpenEvent
                    record={`${model} ${record_key}`}
                    onOpen={() => {
                      onOpen(id);
                    }}
                  />
                </span>
              ),
            },
            {
              id: 'operation',
              title: t('fields.operation'),
              cell: ({ operation }) => t(`operation.${operation}`),
            },
            {
              id: 'reason',
              title: t('fields.reason'),
              cell: ({ reason }) => <span dir="auto">{reason}</span>,
            },
            {
              id: 'fault',
              title: t('fields.fault'),
              cell: ({ fault }) => (fault === null ? null : <FaultTag fault={fault} />),
            },
            {
              id: 'attempts',
              title: t('fields.attempts'),
              numeric: true,
              cell: ({ attempts }) => count(attempts),
            },
            {
              id: 'received',
              title: t('fields.received'),
              cell: ({ received_at }) => <TimeText value={received_at} />,
            },
            ...(mayWrite
              ? [
                  {
                    id: 'actions',
                    title: t('fields.actions'),
                    cell: ({ id, model, record_key }: { id: string; model: string; record_key: string }) => (
                      <Button
                        size="small"
                        aria-label={t('retryOne', { record: `${model} ${record_key}` })}
                        onClick={() => {
                          again([id]);
                        }}
                      >
                        {t('retry')}
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Panel>
      {asked !== undefined && (
        <ConfirmDialog
          title={t(`ask.title.${asked}`)}
          confirm={t(`ask.confirm.${asked}`)}
          danger={asked === 'discard'}
          busy={settle.isPending}
          error={settle.error}
          onCancel={() => {
            settle.reset();
            setAsked(undefined);
          }}
          onConfirm={() => {
            settle.mutate(scope, {
              onSuccess: ({ events }) => {
                setPicked(new Set());
                setAsked(undefined);
                toasts.success(
                  asked === 'retry'
                    ? t('retried', { count: events })
                    : t('discarded', { count: events }),
                );
              },
            });
          }}
        >
          {chosen.length > 0
            ? t('ask.some', { count: chosen.length })
            : isFiltered
              ? t('ask.filtered')
              : t('ask.all')}{' '}
          {t(`ask.hint.${asked}`)}
        </ConfirmDialog>
      )}
    </Stack>
  );
}

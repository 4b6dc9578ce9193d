/** One event, what it carried, and what became of it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { CodeBlock } from '@/ui/CodeBlock';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Notice } from '@/ui/Notice';
import { Skeleton } from '@/ui/Skeleton';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { EventTag } from './marks';
import { eventQuery, useSettle } from './queries';
import styles from './webhooks.module.css';

export function EventDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('webhooks');
  const { count, duration } = useNumbers();
  const isAllowed = useMay();
  const toasts = useToasts();
  const query = useQuery({ ...eventQuery(useApi(), id), refetchInterval: 5_000 });
  const retry = useSettle('retry');
  const event = query.data;
  return (
    <Dialog
      wide
      title={event === undefined ? t('event') : `${event.model} ${event.record_key}`}
      onCancel={onClose}
    >
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <ErrorPanel compact error={query.error} />}
      {event !== undefined && (
        <div className={styles.event}>
          {event.reason !== null && (
            <Notice
              tone={event.status === 'dead' ? 'bad' : 'warn'}
              title={t(event.status === 'dead' ? 'failed' : 'failedOnce')}
            >
              <p>{event.reason}</p>
              {event.fault !== null && <p>{t(`whatToDo.${event.fault}`)}</p>}
            </Notice>
          )}
          <Facts
            none={t('none')}
            items={[
              { label: t('fields.status'), value: <EventTag status={event.status} /> },
              { label: t('fields.operation'), value: t(`operation.${event.operation}`) },
              {
                label: t('fields.outcome'),
                value: event.echo
                  ? t('outcome.echo')
                  : event.outcome === null
                    ? null
                    : t(`outcome.${event.outcome}`),
              },
              { label: t('fields.trust'), value: t(`trust.${event.trust}`) },
              { label: t('fields.attempts'), value: count(event.attempts) },
              {
                label: t('fields.occurred'),
                value: event.occurred_at === null ? null : <TimeText value={event.occurred_at} />,
              },
              { label: t('fields.received'), value: <TimeText value={event.received_at} /> },
              {
                label: t('fields.processed'),
                value:
                  event.processed_at === null ? null : (
                    <>
                      <TimeText value={event.processed_at} />{' '}
                      {duration(
                        Math.max(0, Date.parse(event.processed_at) - Date.parse(event.received_at)),
                      )}
                    </>
                  ),
              },
              {
                label: t('fields.due'),
                value: event.status === 'pending' ? <TimeText value={event.due_at} /> : null,
              },
              { label: t('fields.eventId'), value: <code>{event.source_event_id}</code> },
              {
                label: t('fields.origin'),
                value: event.origin === null ? null : <code>{event.origin}</code>,
              },
              {
                label: t('fields.changedFields'),
                value:
                  event.changed_fields === null ? null : (
                    <code>{event.changed_fields.join(', ')}</code>
                  ),
              },
            ]}
          />
          {event.payload != null && (
            <CodeBlock label={t('payload')} code={JSON.stringify(event.payload, null, 2)} />
          )}
          <span className={styles.picked}>
            {isAllowed('lake:read') && event.status === 'done' && event.outcome !== null && (
              <Link
                to="/lake/$entity"
                params={{ entity: event.model }}
                search={{ connection: event.connection_id, record: event.record_key, deleted: 'any' }}
              >
                {t('toRecord')}
              </Link>
            )}
            {event.status === 'dead' && isAllowed('webhooks:write') && (
              <Button
                type="primary"
                loading={retry.isPending}
                onClick={() => {
                  retry.mutate(
                    { event_ids: [event.id] },
                    {
                      onSuccess: ({ events }) => {
                        toasts.success(t('retried', { count: events }));
                      },
                      onError: (error) => {
                        toasts.failure(t('notDone'), error);
                      },
                    },
                  );
                }}
              >
                {t('retry')}
              </Button>
            )}
          </span>
        </div>
      )}
    </Dialog>
  );
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';
import { useNow } from '@/ui/useNow';

import styles from './alerts.module.css';
import { MuteDialog } from './MuteDialog';
import { alertsQuery, useAcknowledge, usePlace, useUnmute } from './queries';
import type { Alert } from './queries';
import { STATUSES, readAlertsSearch } from './search';
import type { AlertStatus, AlertsSearch } from './search';
import { SeverityMark } from './SeverityMark';

const MINUTE_MS = 60_000;

const TONES: Record<AlertStatus, Tone> = { firing: 'bad', recovered: 'good', ended: 'neutral' };

/** What fires and has fired, newest first. */
export function AlertList({ search }: { search: AlertsSearch }) {
  const { t } = useTranslation('alerts');
  const navigate = useNavigate({ from: '/alerts' });
  const query = useInfiniteQuery(alertsQuery(useApi(), usePlace(), search));
  const liveness = useLiveness(query);
  const [muting, setMuting] = useState<Alert | null>(null);
  const columns = useAlertColumns(setMuting);
  return (
    <Panel>
      <div className={styles.bar}>
        <Choice
          label={t('fields.status')}
          value={search.status ?? ''}
          options={[
            { value: '', label: t('all') },
            ...STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          ]}
          onChange={(status) => {
            void navigate({ search: readAlertsSearch({ status }) });
          }}
        />
        <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
      </div>
      <FeedTable
        caption={t('title')}
        columns={columns}
        query={query}
        rowKey={(alert) => alert.id}
        empty={
          search.status === undefined ? (
            <EmptyState title={t('none')} hint={t('noneHint')} />
          ) : (
            <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
          )
        }
      />
      {muting !== null && (
        <MuteDialog
          alert={muting}
          onClose={() => {
            setMuting(null);
          }}
        />
      )}
    </Panel>
  );
}

function useAlertColumns(onMute: (alert: Alert) => void): readonly Column<Alert>[] {
  const { t } = useTranslation('alerts');
  const { isStaff } = usePlace();
  const mayWrite = useMay()('alerts:write');
  const columns: Column<Alert>[] = [
    { id: 'alert', title: t('fields.alert'), cell: (alert) => <What alert={alert} /> },
    {
      id: 'status',
      title: t('fields.status'),
      cell: (alert) => <Tag tone={TONES[alert.status]}>{t(`status.${alert.status}`)}</Tag>,
    },
    { id: 'fired', title: t('fields.fired'), cell: (alert) => <TimeText value={alert.fired_at} /> },
    {
      id: 'over',
      title: t('fields.over'),
      cell: (alert) => alert.over_at !== null && <TimeText value={alert.over_at} />,
    },
  ];
  if (isStaff) {
    columns.splice(1, 0, {
      id: 'tenant',
      title: t('fields.tenant'),
      cell: (alert) => <bdi>{alert.about_tenant}</bdi>,
    });
  }
  if (mayWrite) {
    columns.push({
      id: 'actions',
      title: t('fields.actions'),
      cell: (alert) => alert.status === 'firing' && <Actions alert={alert} onMute={onMute} />,
    });
  }
  return columns;
}

function useIsMuted({ muted_until }: Alert): boolean {
  const now = useNow(MINUTE_MS);
  return muted_until !== null && Date.parse(muted_until) > now;
}

function What({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts');
  const isFiring = alert.status === 'firing';
  const isMuted = useIsMuted(alert);
  return (
    <div className={styles.what}>
      <span className={styles.head}>
        <strong>{alert.title}</strong> <SeverityMark severity={alert.severity} />
        {isFiring && alert.acknowledged_at !== null && <Tag tone="info">{t('acknowledged')}</Tag>}
        {isFiring && isMuted && (
          <Tag>
            {t('muted')} <TimeText value={alert.muted_until ?? ''} />
          </Tag>
        )}
      </span>
      {isFiring && <span className={styles.text}>{alert.text}</span>}
      {isFiring && <span className={styles.todo}>{alert.what_to_do}</span>}
      {isFiring && alert.told_at === null && <span className={styles.todo}>{t('quiet')}</span>}
    </div>
  );
}

function Actions({ alert, onMute }: { alert: Alert; onMute: (alert: Alert) => void }) {
  const { t } = useTranslation('alerts');
  const toasts = useToasts();
  const acknowledge = useAcknowledge();
  const unmute = useUnmute();
  const isMuted = useIsMuted(alert);
  return (
    <Buttons>
      {alert.acknowledged_at === null && (
        <Button
          size="small"
          loading={acknowledge.isPending}
          onClick={() => {
            acknowledge.mutate(alert.id, {
              onSuccess: () => {
                toasts.success(t('acknowledgedDone'));
              },
              onError: (error) => {
                toasts.failure(t('notDone'), error);
              },
            });
          }}
        >
          {t('acknowledge')}
        </Button>
      )}
      {isMuted ? (
        <Button
          size="small"
          loading={unmute.isPending}
          onClick={() => {
            unmute.mutate(alert.id, {
              onError: (error) => {
                toasts.failure(t('notDone'), error);
              },
            });
          }}
        >
          {t('unmute')}
        </Button>
      ) : (
        <Button
          size="small"
          onClick={() => {
            onMute(alert);
          }}
        >
          {t('mute')}
        </Button>
      )}
    </Buttons>
  );
}

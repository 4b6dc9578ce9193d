/** How the n8n servers are: fresh, behind, not answering, not there yet. */
import { useTranslation } from 'react-i18next';

import { EmptyState } from '@/ui/EmptyState';
import { Notice } from '@/ui/Notice';
import { TimeText } from '@/ui/TimeText';
import type { ReactNode } from 'react';

import styles from './automation.module.css';
import type { ClientMetrics, N8nServer } from './queries';

/** From this age on figures are told to be old, in seconds; the same as the API's own rule. */
const STALE_SECONDS = 15 * 60;

/** When the servers were last read, beside the page's title. */
export function ReadAt({ servers }: { servers: readonly N8nServer[] }) {
  const { t } = useTranslation('automation');
  const read = servers
    .filter(({ is_active }) => is_active)
    .flatMap(({ fresh_at }) => (fresh_at === null ? [] : [fresh_at]))
    .sort();
  const [oldest] = read;
  return oldest === undefined ? null : (
    <span>
      {t('readAt')} <TimeText value={oldest} />
    </span>
  );
}

/** What stands in the way of true figures, with what to do about it. */
export function ServerTroubles({ servers, mayChange }: ServersProps) {
  const { t } = useTranslation('automation');
  return servers.map((server) => {
    const { connection_id, name, status, status_detail, fresh_at, age_seconds, is_active } = server;
    const trouble = !is_active
      ? 'paused'
      : status === 'reauthorise'
        ? 'refused'
        : status === 'failing'
          ? 'failing'
          : age_seconds !== null && age_seconds > STALE_SECONDS
            ? 'stale'
            : null;
    return trouble === null ? null : (
      <div key={connection_id} className={styles.notice}>
        <Notice
          tone={trouble === 'failing' || trouble === 'refused' ? 'bad' : 'warn'}
          title={t(`trouble.${trouble}`, { name })}
        >
          {trouble !== 'paused' && status_detail !== null && <p dir="auto">{status_detail}</p>}
          <p>
            {mayChange ? t(`trouble.do.${trouble}`) : t('trouble.do.ask')}{' '}
            {fresh_at !== null && (
              <>
                {t('trouble.until')} <TimeText value={fresh_at} />
              </>
            )}
          </p>
        </Notice>
      </div>
    );
  });
}

interface ServersProps {
  servers: readonly N8nServer[];
  /** Whether whoever looks can mend it here. */
  mayChange: boolean;
}

interface BeginningProps {
  metrics: ClientMetrics;
  /** The way to connect an n8n, for those who may. */
  connect: ReactNode;
}

/** What to do while there are no figures; null once there are. */
export function beginning({ metrics, connect }: BeginningProps): ReactNode {
  if (metrics.servers.length === 0) {
    return <NoServer connect={connect} />;
  }
  return metrics.last_run_at === null && metrics.workflows === 0 ? (
    <NothingYet isRead={metrics.fresh_at !== null} />
  ) : null;
}

function NoServer({ connect }: { connect: ReactNode }) {
  const { t } = useTranslation('automation');
  return (
    <EmptyState
      title={t('begin.noServer')}
      hint={connect == null || connect === false ? t('begin.ask') : t('begin.connectHint')}
      action={connect}
    />
  );
}

function NothingYet({ isRead }: { isRead: boolean }) {
  const { t } = useTranslation('automation');
  return isRead ? (
    <EmptyState title={t('begin.empty')} hint={t('begin.emptyHint')} />
  ) : (
    <EmptyState title={t('begin.reading')} hint={t('begin.readingHint')} />
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { TimeText } from '@/ui/TimeText';

import styles from './Bell.module.css';
import { notificationsQuery, usePlace, useReadAll } from './queries';

/** The latest of what the signed-in person was told. */
export function NotificationList({ unread, onClose }: { unread: number; onClose: () => void }) {
  const { t } = useTranslation('shell');
  const mayOpen = useMay()('alerts:read');
  const query = useQuery(notificationsQuery(useApi(), usePlace()));
  const readAll = useReadAll();
  const items = query.data?.items;
  return (
    <>
      <div className={styles.head}>
        <strong>{t('bell.title')}</strong>
        {unread > 0 && (
          <Button
            size="small"
            type="text"
            loading={readAll.isPending}
            onClick={() => {
              readAll.mutate();
            }}
          >
            {t('bell.readAll')}
          </Button>
        )}
      </div>
      {items === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : items.length === 0 ? (
        <EmptyState title={t('bell.none')} hint={t('bell.noneHint')} />
      ) : (
        <ul className={styles.list}>
          {items.map((item) => (
            <li key={item.id} className={styles.item} data-event={item.event}>
              <span className={styles.title}>
                {item.read_at === null && <span className={styles.fresh}>{t('bell.new')}</span>}
                {item.title}
              </span>
              {item.text !== '' && <span className={styles.text}>{item.text}</span>}
              <span className={styles.time}>
                <TimeText value={item.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {mayOpen && (
        <Link to="/alerts" className={styles.all} onClick={onClose}>
          {t('bell.all')}
        </Link>
      )}
    </>
  );
}

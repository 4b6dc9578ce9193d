/** The bell of the frame: how much is unread; what it is, loaded when it is opened. */
import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Suspense, lazy, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMe } from '@/session/context';
import { Skeleton } from '@/ui/Skeleton';

import styles from './Bell.module.css';
import { unreadQuery } from './queries';

const RENEW_MS = 60_000;
const MOST = 99;

const NotificationList = lazy(async () => {
  const { NotificationList: found } = await import('./NotificationList');
  return { default: found };
});

export function Bell() {
  const { t } = useTranslation('shell');
  const me = useMe();
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({
    ...unreadQuery(useApi(), me.kind === 'staff'),
    refetchInterval: RENEW_MS,
  });
  const unread = data?.unread ?? 0;
  const label = unread > 0 ? t('bell.unread', { count: unread }) : t('bell.labelNone');
  return (
    <>
      <button type="button" popoverTarget={id} className={styles.bell} aria-label={label}>
        <BellOutlined aria-hidden />
        {unread > 0 && (
          <span className={styles.count} aria-hidden>
            {unread > MOST ? `${String(MOST)}+` : unread}
          </span>
        )}
      </button>
      <div
        id={id}
        ref={panel}
        popover="auto"
        className={styles.panel}
        onToggle={(event) => {
          setOpen(event.newState === 'open');
        }}
      >
        {isOpen && (
          <Suspense fallback={<Skeleton lines={4} />}>
            <NotificationList
              unread={unread}
              onClose={() => {
                panel.current?.hidePopover();
              }}
            />
          </Suspense>
        )}
      </div>
    </>
  );
}

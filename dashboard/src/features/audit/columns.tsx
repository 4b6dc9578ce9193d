/** How a list shows the entries of the trail; the button of each opens it whole. */
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Column } from '@/ui/table/column';
import { TimeText } from '@/ui/TimeText';

import styles from './audit.module.css';
import { changesOf } from './changes';
import type { Entry } from './queries';

export function useAuditColumns(open: (entry: Entry) => void): readonly Column<Entry>[] {
  const { t } = useTranslation('audit');
  return useMemo(() => {
    const actor = (entry: Entry) => entry.actor_email || t('system');
    return [
      {
        id: 'action',
        title: t('action'),
        cell: (entry) => (
          <Button
            type="link"
            size="small"
            className={styles.action ?? ''}
            onClick={() => {
              open(entry);
            }}
          >
            <code>{entry.action}</code>
          </Button>
        ),
        exported: (entry) => entry.action,
      },
      {
        id: 'actor',
        title: t('actor'),
        cell: (entry) => <bdi>{actor(entry)}</bdi>,
        exported: (entry) => entry.actor_email || entry.actor_kind,
      },
      {
        id: 'reason',
        title: t('reason'),
        cell: (entry) => (entry.reason === null ? null : <span dir="auto">{entry.reason}</span>),
        exported: (entry) => entry.reason,
      },
      {
        id: 'changes',
        title: t('changes'),
        cell: (entry) => {
          const changes = changesOf(entry.changes);
          return changes.length === 0 ? null : (
            <code className={styles.changes}>
              {changes
                .map(({ field, before, after }) =>
                  before === undefined ? `${field}: ${after}` : `${field}: ${before} → ${after}`,
                )
                .join('; ')}
            </code>
          );
        },
        exported: (entry) => JSON.stringify(entry.changes),
      },
      {
        id: 'client_address',
        title: t('address'),
        cell: (entry) => (entry.client_address === '' ? null : <code className={styles.address}>{entry.client_address}</code>),
        exported: (entry) => entry.client_address,
      },
      {
        id: 'occurred_at',
        title: t('time'),
        cell: (entry) => <TimeText value={entry.occurred_at} />,
        exported: (entry) => entry.occurred_at,
      },
    ];
  }, [t, open]);
}

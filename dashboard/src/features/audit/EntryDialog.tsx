/** One entry of the trail with everything it holds. */
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Side } from '@/session/store';
import { CopyButton } from '@/ui/CopyButton';
import { Dialog } from '@/ui/Dialog';
import { Facts } from '@/ui/Facts';
import { TimeText } from '@/ui/TimeText';

import styles from './audit.module.css';
import { changesOf } from './changes';
import type { Entry } from './queries';
import type { AuditSearch } from './search';

interface EntryDialogProps {
  entry: Entry;
  side: Side;
  /** Show only entries like this one. */
  onFilter: (wanted: AuditSearch) => void;
  onClose: () => void;
}

export function EntryDialog({ entry, side, onFilter, onClose }: EntryDialogProps) {
  const { t } = useTranslation('audit');
  const changes = changesOf(entry.changes);
  const code = (value: string) => (value === '' ? null : <code>{value}</code>);
  const actor = entry.actor_id;
  return (
    <Dialog wide title={entry.action} onCancel={onClose}>
      <div className={styles.details}>
        <Facts
          none={t('notKnown')}
          items={[
            { label: t('time'), value: <TimeText value={entry.occurred_at} /> },
            {
              label: t('actor'),
              value: (
                <>
                  <bdi>{entry.actor_email || t('system')}</bdi>{' '}
                  {actor !== null && (
                    <Button
                      type="link"
                      size="small"
                      onClick={() => {
                        onFilter({ actor });
                      }}
                    >
                      {t('allOfActor')}
                    </Button>
                  )}
                </>
              ),
            },
            { label: t('reason'), value: entry.reason === null ? null : <span dir="auto">{entry.reason}</span> },
            { label: t('address'), value: code(entry.client_address) },
            { label: t('target'), value: code(`${entry.target_type} ${entry.target_id}`.trim()) },
            ...(side === 'staff'
              ? [
                  {
                    label: t('tenant'),
                    value:
                      entry.tenant_id === null ? null : (
                        <Link to="/tenants/$tenantId" params={{ tenantId: entry.tenant_id }}>
                          {t('openTenant')}
                        </Link>
                      ),
                  },
                ]
              : []),
            {
              label: t('correlationId'),
              value:
                entry.correlation_id === '' ? null : (
                  <>
                    <code>{entry.correlation_id}</code>
                    <CopyButton text={entry.correlation_id} label={t('copyCorrelationId')} />
                  </>
                ),
            },
          ]}
        />
        {changes.length > 0 && (
          <table className={styles.table}>
            <caption className="visually-hidden">{t('changes')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('field')}</th>
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('after')}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ field, before, after }) => (
                <tr key={field}>
                  <td>
                    <code>{field}</code>
                  </td>
                  <td>{before === undefined ? '' : <code>{before}</code>}</td>
                  <td>
                    <code>{after}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Dialog>
  );
}

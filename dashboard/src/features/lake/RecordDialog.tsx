/** One record: what it holds, and its life in the lake. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { CodeBlock } from '@/ui/CodeBlock';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Skeleton } from '@/ui/Skeleton';
import { SearchText } from '@/ui/table/SearchText';
import { TimeText } from '@/ui/TimeText';
import { Tick } from '@/ui/form/fields';

import { fieldNames } from './columns';
import styles from './lake.module.css';
import { LakeValue } from './LakeValue';
import { nameOf } from './LakePage';
import { lakeRecordQuery } from './queries';
import type { LakeRecordDetail } from './queries';
import { RecordState } from './RecordState';

interface RecordDialogProps {
  entity: string;
  recordKey: string;
  connection: string | undefined;
  onClose: () => void;
}

export function RecordDialog({ entity, recordKey, connection, onClose }: RecordDialogProps) {
  const { t } = useTranslation('lake');
  const isAllowed = useMay();
  const [text, setText] = useState('');
  const [isRaw, setRaw] = useState(false);
  const query = useQuery({
    ...lakeRecordQuery(useApi(), entity, recordKey, connection),
    retry: false,
  });
  const record = query.data;
  const wanted = text.toLocaleLowerCase();
  const fields =
    record === undefined
      ? []
      : fieldNames([record]).filter((name) =>
          `${name} ${JSON.stringify(record.data[name])}`.toLocaleLowerCase().includes(wanted),
        );
  const name = record === undefined ? null : nameOf(record);
  return (
    <Dialog wide title={name ?? `${entity} ${recordKey}`} onCancel={onClose}>
      {query.isPending && <Skeleton lines={8} />}
      {query.isError && <ErrorPanel compact error={query.error} />}
      {record !== undefined && (
        <div className={styles.record}>
          <div className={styles.head}>
            <RecordState record={record} />
            <code>
              {entity} {record.serving_id}
            </code>
            {isAllowed('gateway:read') && record.source === 'odoo' && /^\d+$/.test(recordKey) && (
              <Link
                to="/explorer"
                search={{ model: entity, record: Number(recordKey) }}
              >
                {t('inOdoo')}
              </Link>
            )}
          </div>
          <Life record={record} />
          <div className={styles.head}>
            <SearchText label={t('searchFields')} value={text} onChange={setText} />
            <Tick value={isRaw} onChange={setRaw}>
              {t('raw')}
            </Tick>
          </div>
          {isRaw ? (
            <CodeBlock label={t('raw')} code={JSON.stringify(record.data, null, 2)} />
          ) : fields.length === 0 ? (
            <p>{Object.keys(record.data).length === 0 ? t('emptied') : t('noneSuch')}</p>
          ) : (
            <div className={styles.data} tabIndex={0} role="region" aria-label={t('data')}>
              <Facts
                none="–"
                items={fields.map((field) => ({
                  label: field,
                  value: <LakeValue whole value={record.data[field]} />,
                }))}
              />
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** What happened to a record, in the order it happened. */
function Life({ record }: { record: LakeRecordDetail }) {
  const { t } = useTranslation('lake');
  const steps: { at: string | null; text: string }[] = [
    { at: record.source_created_at, text: t('life.created') },
    { at: record.first_seen_at, text: t('life.firstSeen') },
    { at: record.source_changed_at, text: t('life.changed') },
    { at: record.last_aggregated, text: t('life.stored', { version: record.version }) },
    {
      at: record.deleted_at === null ? record.last_seen_at : null,
      text: t('life.lastSeen'),
    },
    {
      at: record.deleted_at,
      text: `${t('life.deleted')} ${t(`reasonLong.${record.delete_reason ?? 'deleted'}`)}`,
    },
  ];
  const shown = steps
    .flatMap(({ at, text }) => (at === null ? [] : [{ at, text }]))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return (
    <ol className={styles.life} aria-label={t('life.title')}>
      {shown.map(({ at, text }) => (
        <li key={text}>
          <span>{text}</span>
          <TimeText value={at} />
        </li>
      ))}
    </ol>
  );
}

/** Which fields of one model are copied. What is sensitive, or computed at every read, says so. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { SearchText } from '@/ui/table/SearchText';
import { Tag } from '@/ui/Tag';
import { Tick } from '@/ui/form/fields';

import { discoveryQuery } from './queries';
import type { FoundEntity, FoundField } from './queries';
import styles from './sync.module.css';

interface FieldsDialogProps {
  connectionId: string;
  entity: FoundEntity;
  /** Null: the usual ones. */
  fields: readonly string[] | null;
  mayWrite: boolean;
  onChoose: (fields: string[] | null) => void;
  onCancel: () => void;
}

export function FieldsDialog(props: FieldsDialogProps) {
  const { entity, mayWrite, onChoose, onCancel } = props;
  const { t } = useTranslation('sync');
  const query = useQuery(discoveryQuery(useApi(), props.connectionId, entity.entity));
  const [own, setOwn] = useState<readonly string[] | null>(props.fields);
  const [text, setText] = useState('');
  const found = query.data?.groups[0]?.entities[0]?.fields ?? [];
  const usual = found.filter(({ by_default }) => by_default).map(({ name }) => name);
  const chosen = new Set(own ?? usual);
  const gone = [...chosen].filter((name) => found.every((field) => field.name !== name));
  const wanted = text.toLocaleLowerCase();
  const shown = found
    .filter(({ name, label }) => `${name} ${label}`.toLocaleLowerCase().includes(wanted))
    .sort((one, other) => rank(one) - rank(other) || one.label.localeCompare(other.label));
  const set = (name: string, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) {
      next.add(name);
    } else {
      next.delete(name);
    }
    setOwn([...next].sort());
  };
  return (
    <Dialog
      wide
      title={t('fieldsDialog.title', { title: entity.title })}
      {...(mayWrite ? { confirm: t('fieldsDialog.choose') } : {})}
      disabled={query.data === undefined || chosen.size === 0}
      onConfirm={() => {
        onChoose(own === null ? null : [...own]);
      }}
      onCancel={onCancel}
    >
      <p className={styles.soft}>{t('fieldsDialog.hint')}</p>
      {query.isError && (
        <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
      )}
      <div className={styles.bar}>
        <SearchText label={t('fieldsDialog.search')} value={text} onChange={setText} />
        <span role="status">{t('models.fields', { count: chosen.size })}</span>
        {mayWrite && (
          <Button
            size="small"
            disabled={own === null}
            onClick={() => {
              setOwn(null);
            }}
          >
            {t('fieldsDialog.usual')}
          </Button>
        )}
      </div>
      {query.isPending ? (
        <Skeleton lines={8} />
      ) : (
        <div className={styles.fieldList} tabIndex={0} role="group" aria-label={t('fieldsDialog.list')}>
          {gone.map((name) => (
            <div key={name} className={styles.fieldRow}>
              <Tick
                value
                disabled={!mayWrite}
                onChange={() => {
                  set(name, false);
                }}
              >
                <code>{name}</code>
              </Tick>
              <Tag tone="bad">{t('fieldsDialog.gone')}</Tag>
            </div>
          ))}
          {shown.map((field) => (
            <div key={field.name} className={styles.fieldRow}>
              <Tick
                value={chosen.has(field.name)}
                disabled={!mayWrite}
                onChange={(isOn) => {
                  set(field.name, isOn);
                }}
              >
                <bdi>{field.label}</bdi>{' '}
                <span className={styles.soft}>
                  <code>{field.name}</code> {field.type}
                </span>
              </Tick>
              {field.sensitive && <Tag tone="warn">{t('fieldsDialog.sensitive')}</Tag>}
              {!field.stored && <Tag>{t('fieldsDialog.computed')}</Tag>}
            </div>
          ))}
          {shown.length === 0 && gone.length === 0 && <p>{t('fieldsDialog.none')}</p>}
        </div>
      )}
    </Dialog>
  );
}

/** The usual ones first, then the rest, the sensitive ones last. */
function rank({ by_default, sensitive }: FoundField): number {
  return by_default ? 0 : sensitive ? 2 : 1;
}

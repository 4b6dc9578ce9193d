/** One record: what it holds, the records it points at, and changing it where that is allowed. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Buttons } from '@/ui/Buttons';
import { Dialog } from '@/ui/Dialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { useToasts } from '@/ui/toasts';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { Tick } from '@/ui/form/fields';

import { CellValue } from './CellValue';
import styles from './explorer.module.css';
import { isShown, kindOf } from './fields';
import type { Field } from './fields';
import { recordQuery, useDeleteRecord, useWriteRecord } from './queries';
import type { OdooRecord } from './queries';
import { RecordFields, sentOf } from './RecordFields';
import type { Changes } from './RecordFields';
import { useMayDo } from './useMayDo';

interface RecordDialogProps {
  model: string;
  id: number;
  fields: readonly Field[];
  onClose: () => void;
}

export function RecordDialog({ model, id, fields, onClose }: RecordDialogProps) {
  const { t } = useTranslation('explorer');
  const toasts = useToasts();
  const api = useApi();
  const shown = fields.filter(isShown);
  const query = useQuery(recordQuery(api, model, id, shown.map(({ name }) => name)));
  const mayWrite = useMayDo(model, 'write');
  const mayDelete = useMayDo(model, 'unlink');
  const [isDeleting, setDeleting] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const [changed, setChanged] = useState<Changes>({});
  const write = useWriteRecord(model, id);
  const record = query.data;
  const count = Object.keys(changed).length;
  const title = `${nameOf(record) ?? model} · ${id}`;
  if (isDeleting) {
    return (
      <DeleteRecord
        model={model}
        id={id}
        title={title}
        onCancel={() => {
          setDeleting(false);
        }}
        onDone={onClose}
      />
    );
  }
  return (
    <Dialog
      wide
      title={title}
      {...(isEditing
        ? { confirm: t('record.save', { count }), disabled: count === 0, busy: write.isPending }
        : {})}
      onConfirm={() => {
        write.mutate(sentOf(fields, record ?? {}, changed), {
          onSuccess: () => {
            setEditing(false);
            setChanged({});
            toasts.success(t('record.saved'));
          },
        });
      }}
      onCancel={onClose}
    >
      {write.isError && <ErrorPanel compact error={write.error} />}
      {query.isError && (
        <ErrorPanel compact error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton lines={8} />}
      {record === null && <EmptyState title={t('record.gone')} hint={t('record.goneHint')} />}
      {record != null && (
        <>
          {(mayWrite || mayDelete) && !isEditing && (
            <Buttons>
              {mayWrite && (
                <Button
                  onClick={() => {
                    setEditing(true);
                  }}
                >
                  {t('record.edit')}
                </Button>
              )}
              {mayDelete && (
                <Button
                  danger
                  onClick={() => {
                    setDeleting(true);
                  }}
                >
                  {t('remove.button')}
                </Button>
              )}
            </Buttons>
          )}
          {isEditing ? (
            <RecordFields fields={shown} stored={record} changed={changed} onChange={setChanged} />
          ) : (
            <Values fields={shown} record={record} />
          )}
        </>
      )}
    </Dialog>
  );
}

interface DeleteRecordProps {
  model: string;
  id: number;
  title: string;
  onCancel: () => void;
  onDone: () => void;
}

function DeleteRecord({ model, id, title, onCancel, onDone }: DeleteRecordProps) {
  const { t } = useTranslation('explorer');
  const toasts = useToasts();
  const remove = useDeleteRecord(model, id);
  return (
    <TypedConfirmDialog
      title={t('remove.title', { title })}
      word={String(id)}
      confirm={t('remove.button')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onCancel}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            toasts.success(t('remove.done', { title }));
            onDone();
          },
        });
      }}
    >
      {t('remove.means')}
    </TypedConfirmDialog>
  );
}

function Values({ fields, record }: { fields: readonly Field[]; record: OdooRecord }) {
  const { t } = useTranslation('explorer');
  const [withEmpty, setWithEmpty] = useState(false);
  const filled = fields.filter(({ name }) => isFilled(record[name]));
  return (
    <>
      <Tick
        value={withEmpty}
        onChange={(isTicked) => {
          setWithEmpty(isTicked);
        }}
      >
        {t('record.empty', { count: fields.length - filled.length })}
      </Tick>
      <dl className={styles.record}>
        {(withEmpty ? fields : filled).map((field) => (
          <div key={field.name}>
            <dt title={field.name}>
              <bdi>{field.label}</bdi>
            </dt>
            <dd>
              <Pointing field={field} value={record[field.name]} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** A value; of a relation, the way to what it points at. */
function Pointing({ field, value }: { field: Field; value: unknown }) {
  const { t } = useTranslation('explorer');
  if (!isFilled(value)) {
    return field.type === 'boolean' ? (
      <CellValue field={field} value={value} />
    ) : (
      <span className={styles.empty}>{t('nothing')}</span>
    );
  }
  const shown = <CellValue whole field={field} value={value} />;
  if (field.relation !== null && Array.isArray(value)) {
    const ids = value as unknown[];
    const isOne = kindOf(field) === 'one';
    return (
      <Link
        to="/explorer"
        search={
          isOne
            ? { model: field.relation, record: Number(ids[0]) }
            : { model: field.relation, domain: [['id', 'in', ids]] }
        }
      >
        {shown}
      </Link>
    );
  }
  return shown;
}

function isFilled(value: unknown): boolean {
  return (
    value !== false &&
    value !== null &&
    value !== undefined &&
    value !== '' &&
    !(Array.isArray(value) && value.length === 0)
  );
}

function nameOf(record: OdooRecord | null | undefined): string | null {
  const name = record?.display_name ?? record?.name;
  return typeof name === 'string' && name !== '' ? name : null;
}

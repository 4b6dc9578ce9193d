/** One record: what it holds, the records it points at, and changing it where that is allowed. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { Dialog } from '@/ui/Dialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { useToasts } from '@/ui/toasts';
import { Tick } from '@/ui/form/fields';

import { CellValue } from './CellValue';
import type { Value } from './domain';
import styles from './explorer.module.css';
import { isShown, kindOf } from './fields';
import type { Field } from './fields';
import { mayWriteQuery, recordQuery, useWriteRecord } from './queries';
import type { OdooRecord } from './queries';
import { ValueField } from './ValueField';

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
  const isMember = useMay()('gateway:write');
  const rights = useQuery({ ...mayWriteQuery(api, model), enabled: isMember });
  const mayWrite = isMember && rights.data === true;
  const [isEditing, setEditing] = useState(false);
  const [changed, setChanged] = useState<Readonly<Record<string, Value>>>({});
  const write = useWriteRecord(model, id);
  const record = query.data;
  const count = Object.keys(changed).length;
  return (
    <Dialog
      wide
      title={`${nameOf(record) ?? model} · ${id}`}
      {...(isEditing
        ? { confirm: t('record.save', { count }), disabled: count === 0, busy: write.isPending }
        : {})}
      onConfirm={() => {
        write.mutate(changed, {
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
          {mayWrite && !isEditing && (
            <div>
              <Button
                onClick={() => {
                  setEditing(true);
                }}
              >
                {t('record.edit')}
              </Button>
            </div>
          )}
          {isEditing ? (
            <Fields
              fields={shown.filter(isEditable)}
              record={record}
              changed={changed}
              onChange={(name, value) => {
                const isBack = JSON.stringify(value) === JSON.stringify(writtenOf(record[name]));
                const rest = Object.fromEntries(
                  Object.entries(changed).filter(([one]) => one !== name),
                );
                setChanged(isBack ? rest : { ...rest, [name]: value });
              }}
            />
          ) : (
            <Values fields={shown} record={record} />
          )}
        </>
      )}
    </Dialog>
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

interface FieldsProps {
  fields: readonly Field[];
  record: OdooRecord;
  changed: Readonly<Record<string, Value>>;
  onChange: (name: string, value: Value) => void;
}

function Fields({ fields, record, changed, onChange }: FieldsProps) {
  return (
    <dl className={styles.record}>
      {fields.map((field) => (
        <div key={field.name}>
          <dt title={field.help || field.name}>
            <bdi>{field.label}</bdi>
          </dt>
          <dd>
            <ValueField
              emptiable
              field={field}
              label={field.label}
              value={changed[field.name] ?? writtenOf(record[field.name])}
              onChange={(value) => {
                onChange(field.name, value);
              }}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Lists of other records are changed where those are, not here. */
function isEditable(field: Field): boolean {
  return !field.readonly && kindOf(field) !== 'many' && field.name !== 'id';
}

/** A value as it is written: of a many2one the id alone. */
function writtenOf(value: unknown): Value {
  const one: unknown = Array.isArray(value) ? (value as unknown[])[0] : value;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean'
    ? one
    : false;
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

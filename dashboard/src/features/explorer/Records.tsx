/** The records that fit, the columns one wants of them, and the call that gave them. */
import { CodeOutlined, PlusOutlined, ReloadOutlined, TableOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { everyRow, saveCsv, toCsv } from '@/ui/table/csv';
import { DataTable } from '@/ui/table/DataTable';
import { ExportButton } from '@/ui/table/ExportButton';
import { compact, windowOf } from '@/ui/table/listSearch';

import { CellValue } from './CellValue';
import { ColumnsDialog } from './ColumnsDialog';
import { CopyCallDialog } from './CopyCallDialog';
import styles from './explorer.module.css';
import { firstColumns, kindOf } from './fields';
import type { Field } from './fields';
import { NewRecordDialog } from './NewRecordDialog';
import { loadRecords, recordsQuery } from './queries';
import type { OdooRecord, Question } from './queries';
import { RecordDialog } from './RecordDialog';
import { orderOf } from './search';
import type { ExplorerSearch } from './search';
import { useMayDo } from './useMayDo';

const route = getRouteApi('/app/explorer');

interface RecordsProps {
  model: string;
  fields: readonly Field[];
}

export function Records({ model, fields }: RecordsProps) {
  const { t } = useTranslation('explorer');
  const api = useApi();
  const queryClient = useQueryClient();
  const navigate = useNavigate({ from: '/explorer' });
  const search = route.useSearch();
  const [asking, setAsking] = useState<'columns' | 'call' | 'new' | null>(null);
  const mayCreate = useMayDo(model, 'create');
  const names = search.fields?.split(',') ?? firstColumns(fields);
  const shown = names.flatMap((name) => fields.filter((field) => field.name === name));
  const { skip, limit } = windowOf(search);
  const order = orderOf(search.sort);
  const question: Question = {
    model,
    domain: search.domain ?? [],
    fields: shown.map(({ name }) => name),
    offset: skip,
    limit,
    ...(order === undefined ? {} : { order }),
  };
  const options = recordsQuery(api, question);
  const query = useQuery(options);
  const reload = useMutation({
    mutationFn: () => loadRecords(api, question, { fresh: true }),
    onSuccess: (records) => {
      queryClient.setQueryData(options.queryKey, records);
    },
  });
  const columns = columnsOf(shown, search);
  const close = () => {
    setAsking(null);
  };
  return (
    <>
      <Section
        flush
        title={t('results')}
        aside={
          <span className={styles.aside}>
            <Freshness asOf={query.dataUpdatedAt || null} />
            {mayCreate && (
              <Button
                size="small"
                icon={<PlusOutlined aria-hidden />}
                onClick={() => {
                  setAsking('new');
                }}
              >
                {t('create.button')}
              </Button>
            )}
            <Button
              size="small"
              icon={<ReloadOutlined aria-hidden />}
              loading={reload.isPending}
              onClick={() => {
                reload.mutate();
              }}
            >
              {t('reload')}
            </Button>
            <Button
              size="small"
              icon={<TableOutlined aria-hidden />}
              onClick={() => {
                setAsking('columns');
              }}
            >
              {t('columns.button', { count: shown.length })}
            </Button>
            <Button
              size="small"
              icon={<CodeOutlined aria-hidden />}
              onClick={() => {
                setAsking('call');
              }}
            >
              {t('call.button')}
            </Button>
            <ExportButton
              small
              onExport={async () => {
                const rows = await everyRow((offset, each) =>
                  loadRecords(api, { ...question, offset, limit: each }),
                );
                saveCsv(model, toCsv(columns, rows));
              }}
            />
          </span>
        }
      >
        {reload.isError && <ErrorPanel compact error={reload.error} />}
        <DataTable
          caption={t('results')}
          columns={columns}
          query={query}
          rowKey={(record) => String(record.id)}
          search={search}
          onSearch={(list) => {
            const { domain, fields: chosen } = search;
            void navigate({ search: compact({ model, domain, fields: chosen, ...pick(list) }) });
          }}
          empty={
            <EmptyState
              title={t('none')}
              hint={search.domain === undefined ? t('noneHint') : t('noneFoundHint')}
            />
          }
        />
      </Section>
      {asking === 'columns' && (
        <ColumnsDialog
          fields={fields}
          chosen={question.fields}
          onChoose={(chosen) => {
            close();
            void navigate({
              search: compact({
                ...search,
                record: undefined,
                fields: chosen.length === 0 ? undefined : chosen.join(','),
              }),
            });
          }}
          onCancel={close}
        />
      )}
      {asking === 'new' && (
        <NewRecordDialog
          model={model}
          fields={fields}
          onCreated={(record) => {
            close();
            void navigate({ search: { ...search, record } });
          }}
          onClose={close}
        />
      )}
      {asking === 'call' && <CopyCallDialog question={question} onClose={close} />}
      {search.record !== undefined && (
        <RecordDialog
          key={search.record}
          model={model}
          id={search.record}
          fields={fields}
          onClose={() => {
            void navigate({ search: compact({ ...search, record: undefined }) });
          }}
        />
      )}
    </>
  );
}

function pick({ page, size, sort }: { page?: number; size?: 25 | 50 | 100; sort?: string }) {
  return compact({ page, size, sort });
}

function columnsOf(
  shown: readonly Field[],
  search: ExplorerSearch,
): readonly Column<OdooRecord>[] {
  const title = shown.find(({ name }) => name === 'display_name' || name === 'name');
  const opener = title ?? shown[0];
  return shown.map((field) => ({
    id: field.name,
    title: field.label,
    sortable: field.sortable,
    numeric: kindOf(field) === 'number' && field.name !== 'id',
    cell: (record) =>
      field === opener ? (
        <Link to="/explorer" search={{ ...search, record: record.id }}>
          {hasValue(record[field.name]) ? (
            <CellValue field={field} value={record[field.name]} />
          ) : (
            <code>{record.id}</code>
          )}
        </Link>
      ) : (
        <CellValue field={field} value={record[field.name]} />
      ),
    exported: (record) => exportedOf(record[field.name], field),
  }));
}

function hasValue(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined && value !== '';
}

function exportedOf(value: unknown, field: Field): string | number | null {
  if (kindOf(field) === 'boolean') {
    return value === true ? 'true' : 'false';
  }
  if (!hasValue(value)) {
    return null;
  }
  if (typeof value === 'number' || typeof value === 'string') {
    return value;
  }
  return kindOf(field) === 'one' && Array.isArray(value)
    ? String((value as unknown[])[1])
    : JSON.stringify(value);
}

/** Single executions, the newest first, with what went wrong in each. */
import { ClearOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Facts } from '@/ui/Facts';
import { Dialog } from '@/ui/Dialog';
import { Panel } from '@/ui/Panel';
import type { Column } from '@/ui/table/column';
import { saveFile } from '@/ui/table/csv';
import { ExportButton } from '@/ui/table/ExportButton';
import { FeedTable } from '@/ui/table/FeedTable';
import { compact, oneOf } from '@/ui/table/listSearch';
import { TimeText } from '@/ui/TimeText';

import { useAmounts } from './amounts';
import styles from './automation.module.css';
import { OutLink } from './OutLink';
import { executionsCsv, executionsQuery, workflowsQuery } from './queries';
import type { Execution } from './queries';
import { OUTCOMES } from './search';
import type { AutomationSearch } from './search';
import { StatusTag } from './StatusTag';

interface ExecutionsProps {
  client: string | null;
  search: AutomationSearch;
  onSearch: (search: AutomationSearch) => void;
  /** When the period begins, in UTC. */
  from: string;
}

export default function Executions({ client, search, onSearch, from }: ExecutionsProps) {
  const { t } = useTranslation('automation');
  const api = useApi();
  const query = useInfiniteQuery(executionsQuery(api, client, search, from));
  const [shown, setShown] = useState<Execution | null>(null);
  const isNarrowed = search.outcome !== undefined || search.workflow !== undefined;
  const everything = () => {
    onSearch(
      compact({ ...search, outcome: undefined, workflow: undefined, server: undefined }),
    );
  };
  const columns = useColumns(setShown);
  return (
    <Panel>
      <div role="search" className={styles.filters}>
        <WorkflowChoice client={client} search={search} onSearch={onSearch} />
        <Choice
          label={t('executions.outcome')}
          value={search.outcome ?? ''}
          options={[
            { value: '', label: t('executions.anyOutcome') },
            ...OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) })),
          ]}
          onChange={(value) => {
            onSearch(compact({ ...search, outcome: oneOf(value, OUTCOMES) }));
          }}
        />
        {isNarrowed && (
          <Button type="text" icon={<ClearOutlined aria-hidden />} onClick={everything}>
            {t('executions.everything')}
          </Button>
        )}
        <span className={styles.aside}>
          <ExportButton
            onExport={async () => {
              saveFile('executions.csv', await executionsCsv(api, client, search, from));
            }}
          />
        </span>
      </div>
      <FeedTable
        caption={t('tabs.executions')}
        columns={columns}
        query={query}
        rowKey={(execution) => `${execution.connection_id} ${execution.id}`}
        empty={
          <EmptyState
            title={t('executions.none')}
            hint={isNarrowed ? t('executions.noneNarrowed') : t('executions.noneHint')}
            action={
              isNarrowed && <Button onClick={everything}>{t('executions.everything')}</Button>
            }
          />
        }
      />
      {shown !== null && (
        <ExecutionDialog
          execution={shown}
          onClose={() => {
            setShown(null);
          }}
        />
      )}
    </Panel>
  );
}

function WorkflowChoice({ client, search, onSearch }: Omit<ExecutionsProps, 'from'>) {
  const { t } = useTranslation('automation');
  const { data } = useQuery(workflowsQuery(useApi(), client, search));
  const workflows = data?.workflows ?? [];
  const keyOf = (server: string, workflow: string) => `${server} ${workflow}`;
  const value =
    search.workflow === undefined ? '' : keyOf(search.server ?? '', search.workflow);
  const isKnown = workflows.some(
    ({ connection_id, workflow_id }) => keyOf(connection_id, workflow_id) === value,
  );
  return (
    <Choice
      label={t('workflows.name')}
      value={value}
      options={[
        { value: '', label: t('executions.anyWorkflow') },
        ...(value === '' || isKnown ? [] : [{ value, label: search.workflow ?? '' }]),
        ...workflows.map(({ connection_id, workflow_id, name }) => ({
          value: keyOf(connection_id, workflow_id),
          label: name ?? workflow_id,
        })),
      ]}
      onChange={(chosen) => {
        const [server, workflow] = chosen.split(' ');
        onSearch(
          compact({
            ...search,
            workflow,
            server: workflow === undefined || server === '' ? undefined : server,
          }),
        );
      }}
    />
  );
}

function useColumns(show: (execution: Execution) => void): readonly Column<Execution>[] {
  const { t } = useTranslation('automation');
  const { took } = useAmounts();
  return [
    {
      id: 'id',
      title: t('executions.id'),
      cell: (execution) => (
        <button
          type="button"
          className={styles.link}
          aria-label={t('executions.show', { id: execution.id })}
          onClick={() => {
            show(execution);
          }}
        >
          <code>{execution.id}</code>
        </button>
      ),
    },
    {
      id: 'status',
      title: t('executions.outcome'),
      cell: ({ status }) => <StatusTag status={status} />,
    },
    {
      id: 'workflow',
      title: t('workflows.name'),
      cell: (execution) => (
        <div className={styles.named}>
          <bdi>{execution.workflow_name ?? execution.workflow_id}</bdi>
          {execution.error_message !== null && (
            <span dir="auto" className={styles.said}>
              {execution.error_message}
            </span>
          )}
        </div>
      ),
    },
    {
      id: 'started',
      title: t('executions.started'),
      cell: ({ started_at }) => <TimeText value={started_at} />,
    },
    {
      id: 'took',
      title: t('executions.took'),
      numeric: true,
      cell: ({ duration_ms }) => (duration_ms === null ? '–' : took(duration_ms)),
    },
    {
      id: 'mode',
      title: t('executions.mode'),
      cell: ({ mode }) => <Mode mode={mode} />,
    },
    {
      id: 'open',
      title: t('executions.inN8n'),
      cell: ({ url }) => (url === null ? '–' : <OutLink url={url}>{t('executions.open')}</OutLink>),
    },
  ];
}

const MODES = ['trigger', 'webhook', 'manual', 'retry', 'error', 'integrated', 'cli'] as const;

/** How it was started, in words where there are some for it. */
function Mode({ mode }: { mode: string }) {
  const { t } = useTranslation('automation');
  const known = MODES.find((one) => one === mode);
  return known === undefined ? <code>{mode}</code> : t(`mode.${known}`);
}

function ExecutionDialog({ execution, onClose }: { execution: Execution; onClose: () => void }) {
  const { t } = useTranslation('automation');
  const { took } = useAmounts();
  const hasFailed = execution.status === 'error' || execution.status === 'crashed';
  return (
    <Dialog wide title={t('executions.one', { id: execution.id })} onCancel={onClose}>
      {hasFailed && (
        <div className={styles.failure}>
          <p dir="auto" className={styles.message}>
            {execution.error_message ??
              (execution.explained ? t('executions.unexplained') : t('executions.notAsked'))}
          </p>
          {execution.error_description !== null && (
            <p dir="auto">{execution.error_description}</p>
          )}
        </div>
      )}
      <Facts
        none="–"
        items={[
          {
            label: t('workflows.name'),
            value: <bdi>{execution.workflow_name ?? execution.workflow_id}</bdi>,
          },
          { label: t('executions.outcome'), value: <StatusTag status={execution.status} /> },
          ...(hasFailed
            ? [
                {
                  label: t('executions.node'),
                  value: execution.error_node === null ? null : <bdi>{execution.error_node}</bdi>,
                },
                {
                  label: t('executions.kind'),
                  value: execution.error_name === null ? null : <code>{execution.error_name}</code>,
                },
                {
                  label: t('executions.recovered'),
                  value:
                    execution.recovered_by === null ? null : <code>{execution.recovered_by}</code>,
                },
              ]
            : []),
          { label: t('executions.started'), value: <TimeText value={execution.started_at} /> },
          {
            label: t('executions.took'),
            value: execution.duration_ms === null ? null : took(execution.duration_ms),
          },
          ...(execution.wait_till === null
            ? []
            : [{ label: t('executions.waits'), value: <TimeText value={execution.wait_till} /> }]),
          { label: t('executions.mode'), value: <Mode mode={execution.mode} /> },
          {
            label: t('executions.retryOf'),
            value: execution.retry_of === null ? null : <code>{execution.retry_of}</code>,
          },
          {
            label: t('executions.inN8n'),
            value:
              execution.url === null ? null : (
                <OutLink url={execution.url}>{t('executions.open')}</OutLink>
              ),
          },
        ]}
      />
    </Dialog>
  );
}

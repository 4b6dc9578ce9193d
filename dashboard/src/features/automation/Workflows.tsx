/** Each workflow: how often, how well, how long, what it saves. */
import { EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { Change } from '@/ui/Change';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { saveFile } from '@/ui/table/csv';
import { ExportButton } from '@/ui/table/ExportButton';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { useAmounts } from './amounts';
import styles from './automation.module.css';
import { Loaded } from '../analytics/Loaded';
import { OutLink } from './OutLink';
import { workflowsCsv, workflowsQuery } from './queries';
import type { Workflow } from './queries';
import { Reasons } from './reasons';
import { figuresOf } from './search';
import type { AutomationSearch } from './search';
import { Sparkline } from './Sparkline';
import { ViewLink } from './ViewLink';

const SavingsDialog = lazy(() => import('./SavingsDialog'));

interface WorkflowsProps {
  client: string | null;
  search: AutomationSearch;
  /** Several servers are told apart. */
  servers: number;
}

export function Workflows({ client, search, servers }: WorkflowsProps) {
  const { t } = useTranslation('automation');
  const api = useApi();
  const query = useQuery(workflowsQuery(api, client, search));
  const [editing, setEditing] = useState<Workflow | null>(null);
  const columns = useColumns(client, search, servers > 1, setEditing);
  return (
    <Section
      flush
      title={t('workflows.title')}
      aside={
        <ExportButton
          small
          onExport={async () => {
            saveFile('workflows.csv', await workflowsCsv(api, client, search));
          }}
        />
      }
    >
      <Loaded query={query} lines={6}>
        {({ workflows }) =>
          workflows.length === 0 ? (
            <EmptyState title={t('workflows.none')} hint={t('workflows.noneHint')} />
          ) : (
            <Rows
              caption={t('workflows.title')}
              columns={columns}
              rows={workflows}
              rowKey={(workflow) => `${workflow.connection_id} ${workflow.workflow_id}`}
              busy={query.isPlaceholderData}
            />
          )
        }
      </Loaded>
      {editing !== null && (
        <Suspense fallback={null}>
          <SavingsDialog
            client={client}
            workflow={editing}
            onClose={() => {
              setEditing(null);
            }}
          />
        </Suspense>
      )}
    </Section>
  );
}

function useColumns(
  client: string | null,
  search: AutomationSearch,
  isOfSeveral: boolean,
  edit: (workflow: Workflow) => void,
): readonly Column<Workflow>[] {
  const { t } = useTranslation('automation');
  const { count, share } = useNumbers();
  const { took, time, money } = useAmounts();
  const mayWrite = useMay()('automation:write');
  return [
    {
      id: 'name',
      title: t('workflows.name'),
      cell: (workflow) => (
        <div className={styles.named}>
          <span className={styles.name}>
            <ViewLink
              client={client}
              search={{
                ...figuresOf(search),
                tab: 'executions',
                workflow: workflow.workflow_id,
                server: workflow.connection_id,
              }}
            >
              <bdi>{workflow.name ?? workflow.workflow_id}</bdi>
            </ViewLink>
            <State workflow={workflow} />
          </span>
          {workflow.attention.length > 0 && <Reasons named reasons={workflow.attention} />}
          <span className={styles.faint}>
            {isOfSeveral && (
              <>
                <bdi>{workflow.server}</bdi>
                {' · '}
              </>
            )}
            {workflow.tags.length > 0 && (
              <>
                <bdi>{workflow.tags.join(', ')}</bdi>
                {' · '}
              </>
            )}
            <OutLink url={workflow.url}>{t('workflows.open')}</OutLink>
          </span>
        </div>
      ),
    },
    {
      id: 'trend',
      title: t('workflows.trend'),
      cell: (workflow) => (
        <Sparkline executions={workflow.executions_by_day} errors={workflow.errors_by_day} />
      ),
    },
    {
      id: 'runs',
      title: t('figures.executions'),
      numeric: true,
      cell: ({ figures, before }) => (
        <div className={styles.stacked}>
          {count(figures.executions)}
          {before !== null && (
            <small>
              <Change now={figures.executions} before={before.executions} />
            </small>
          )}
        </div>
      ),
    },
    {
      id: 'success',
      title: t('figures.success'),
      numeric: true,
      cell: ({ figures, streak }) => (
        <div className={styles.stacked}>
          {figures.success_rate === null ? '–' : share(figures.success_rate)}
          {streak !== null && streak.length > 1 && (
            <small className={streak.outcome === 'failure' ? styles.bad : styles.faint}>
              {streak.outcome === 'failure'
                ? t('workflows.failedInRow', { count: streak.length })
                : t('workflows.fineInRow', { count: streak.length })}
            </small>
          )}
        </div>
      ),
    },
    {
      id: 'p50',
      title: t('workflows.p50'),
      numeric: true,
      cell: ({ figures }) => (
        <div className={styles.stacked}>
          {figures.p50_ms == null ? '–' : took(figures.p50_ms)}
          {figures.p95_ms != null && (
            <small>{t('workflows.p95', { time: took(figures.p95_ms) })}</small>
          )}
        </div>
      ),
    },
    {
      id: 'last',
      title: t('workflows.last'),
      cell: ({ last_run_at }) =>
        last_run_at === null ? t('workflows.never') : <TimeText value={last_run_at} />,
    },
    {
      id: 'saved',
      title: t('workflows.saved'),
      numeric: true,
      cell: (workflow) => (
        <div className={styles.stacked}>
          <span className={styles.editable}>
            {workflow.savings.minutes === null ? '–' : time(workflow.figures.minutes_saved)}
            {mayWrite && (
              <Button
                type="text"
                size="small"
                icon={<EditOutlined aria-hidden />}
                aria-label={t('savings.edit', { name: workflow.name ?? workflow.workflow_id })}
                onClick={() => {
                  edit(workflow);
                }}
              />
            )}
          </span>
          {workflow.figures.money_saved.length > 0 && (
            <small>{money(workflow.figures.money_saved)}</small>
          )}
        </div>
      ),
    },
  ];
}

function State({ workflow }: { workflow: Workflow }) {
  const { t } = useTranslation('automation');
  if (workflow.deleted_at !== null) {
    return <Tag tone="bad">{t('workflows.deleted')}</Tag>;
  }
  if (workflow.archived) {
    return <Tag>{t('workflows.archived')}</Tag>;
  }
  return workflow.active ? (
    <Tag tone="good">{t('workflows.active')}</Tag>
  ) : (
    <Tag>{t('workflows.inactive')}</Tag>
  );
}

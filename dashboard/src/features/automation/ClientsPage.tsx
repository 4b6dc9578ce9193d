/** Every client's automations, those that need attention first. */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { Change } from '@/ui/Change';
import { EmptyState } from '@/ui/EmptyState';
import { Figure, Figures } from '@/ui/Figure';
import { Tick } from '@/ui/form/fields';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { saveFile } from '@/ui/table/csv';
import { ExportButton } from '@/ui/table/ExportButton';
import { compact } from '@/ui/table/listSearch';
import { Rows } from '@/ui/table/Rows';
import { SearchText } from '@/ui/table/SearchText';
import { TimeText } from '@/ui/TimeText';

import { Loaded } from '../analytics/Loaded';
import { useAmounts } from './amounts';
import styles from './automation.module.css';
import { FiguresFilter } from './FiguresFilter';
import { overviewCsv, overviewQuery } from './queries';
import type { OverviewClient } from './queries';
import { Reasons } from './reasons';
import { figuresOf } from './search';
import type { ClientsSearch } from './search';
import { Sparkline } from './Sparkline';

const route = getRouteApi('/app/clients/');
const ClientDialog = lazy(() => import('./ClientDialog'));
/** More are shown on demand: each has a drawing of its own. */
const AT_ONCE = 50;

export function ClientsPage() {
  const { t } = useTranslation('automation');
  const api = useApi();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/clients' });
  const show = (changed: ClientsSearch) => {
    void navigate({ search: changed });
  };
  const query = useQuery(overviewQuery(api, search));
  const liveness = useLiveness(query);
  const mayWrite = useMay()('automation:write');
  const [isAsking, setAsking] = useState(false);
  const create = mayWrite && (
    <Button
      type="primary"
      icon={<PlusOutlined aria-hidden />}
      onClick={() => {
        setAsking(true);
      }}
    >
      {t('newClient.title')}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t('clients.title')}
        subtitle={t('clients.subtitle')}
        actions={
          <>
            <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
            {create}
          </>
        }
      />
      <Loaded query={query} lines={8}>
        {({ totals, clients }) =>
          clients.length === 0 ? (
            <Panel>
              <EmptyState title={t('clients.none')} hint={t('clients.noneHint')} action={create} />
            </Panel>
          ) : (
            <Stack>
              <Totals totals={totals} clients={clients} />
              <Panel>
                <FiguresFilter search={search} onSearch={show}>
                  <SearchText
                    className={styles.find ?? ''}
                    label={t('clients.find')}
                    value={search.search ?? ''}
                    onChange={(text) => {
                      show(compact({ ...search, search: text === '' ? undefined : text }));
                    }}
                  />
                  <Tick
                    value={search.attention === true}
                    onChange={(isTicked) => {
                      show(
                        compact({ ...search, attention: isTicked ? (true as const) : undefined }),
                      );
                    }}
                  >
                    {t('clients.onlyAttention')}
                  </Tick>
                  <span className={styles.aside}>
                    <ExportButton
                      onExport={async () => {
                        saveFile('clients.csv', await overviewCsv(api, search));
                      }}
                    />
                  </span>
                </FiguresFilter>
                <ClientRows
                  clients={clients}
                  search={search}
                  isBusy={query.isPlaceholderData}
                  onShowAll={() => {
                    show(figuresOf(search));
                  }}
                />
              </Panel>
            </Stack>
          )
        }
      </Loaded>
      {isAsking && (
        <Suspense fallback={null}>
          <ClientDialog
            client={null}
            onClose={() => {
              setAsking(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

interface TotalsProps {
  totals: OverviewClient['figures'];
  clients: readonly OverviewClient[];
}

function Totals({ totals, clients }: TotalsProps) {
  const { t } = useTranslation('automation');
  const { count, share } = useNumbers();
  const { time, money } = useAmounts();
  const troubled = clients.filter(({ attention }) => isTroubled(attention)).length;
  return (
    <Figures>
      <Figure
        label={t('clients.troubled')}
        value={count(troubled)}
        tone={troubled > 0 ? 'bad' : 'plain'}
        note={t('clients.ofAll', { count: clients.length })}
      />
      <Figure label={t('figures.executions')} value={count(totals.executions)} />
      <Figure
        label={t('figures.success')}
        value={totals.success_rate === null ? null : share(totals.success_rate)}
      />
      <Figure
        label={t('figures.failed')}
        value={count(totals.error)}
        tone={totals.error > 0 ? 'bad' : 'plain'}
      />
      <Figure
        label={t('saved.title')}
        value={time(totals.minutes_saved)}
        note={totals.money_saved.length === 0 ? undefined : money(totals.money_saved)}
      />
    </Figures>
  );
}

/** That nothing is connected yet is no trouble. */
function isTroubled(attention: OverviewClient['attention']): boolean {
  return attention.some(({ severity }) => severity !== 'notice');
}

interface ClientRowsProps {
  clients: readonly OverviewClient[];
  search: ClientsSearch;
  isBusy: boolean;
  onShowAll: () => void;
}

function ClientRows({ clients, search, isBusy, onShowAll }: ClientRowsProps) {
  const { t } = useTranslation('automation');
  const [most, setMost] = useState(AT_ONCE);
  const columns = useColumns(search);
  const wanted = (search.search ?? '').toLocaleLowerCase();
  const found = clients.filter(
    ({ client, attention }) =>
      `${client.name} ${client.slug}`.toLocaleLowerCase().includes(wanted) &&
      (search.attention !== true || isTroubled(attention)),
  );
  if (found.length === 0) {
    return (
      <EmptyState
        title={wanted === '' ? t('attention.none') : t('clients.noneFound')}
        hint={t('clients.noneFoundHint')}
        action={<Button onClick={onShowAll}>{t('clients.showAll')}</Button>}
      />
    );
  }
  return (
    <>
      <Rows
        caption={t('clients.title')}
        columns={columns}
        rows={found.slice(0, most)}
        rowKey={({ client }) => client.id}
        busy={isBusy}
      />
      {found.length > most && (
        <div className={styles.more}>
          <Button
            onClick={() => {
              setMost(most + AT_ONCE);
            }}
          >
            {t('clients.more', { count: found.length - most })}
          </Button>
        </div>
      )}
    </>
  );
}

function useColumns(search: ClientsSearch): readonly Column<OverviewClient>[] {
  const { t } = useTranslation('automation');
  const { count, share } = useNumbers();
  const { time, money } = useAmounts();
  return [
    {
      id: 'client',
      title: t('clients.client'),
      cell: ({ client, attention }) => (
        <div className={styles.named}>
          <span className={styles.name}>
            <Link
              to="/clients/$clientId"
              params={{ clientId: client.id }}
              search={figuresOf(search)}
            >
              <bdi>{client.name}</bdi>
            </Link>
          </span>
          {attention.length > 0 && <Reasons reasons={attention} />}
        </div>
      ),
    },
    {
      id: 'trend',
      title: t('workflows.trend'),
      cell: (row) => <Sparkline executions={row.executions_by_day} errors={row.errors_by_day} />,
    },
    {
      id: 'executions',
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
      cell: ({ figures }) => (
        <div className={styles.stacked}>
          {figures.success_rate === null ? '–' : share(figures.success_rate)}
          {figures.error > 0 && (
            <small className={styles.bad}>{t('clients.failed', { count: figures.error })}</small>
          )}
        </div>
      ),
    },
    {
      id: 'saved',
      title: t('workflows.saved'),
      numeric: true,
      cell: ({ figures }) => (
        <div className={styles.stacked}>
          {figures.minutes_saved === 0 ? '–' : time(figures.minutes_saved)}
          {figures.money_saved.length > 0 && <small>{money(figures.money_saved)}</small>}
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
      id: 'read',
      title: t('servers.read'),
      cell: ({ fresh_at }) => (fresh_at === null ? '–' : <TimeText value={fresh_at} />),
    },
  ];
}

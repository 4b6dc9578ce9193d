/** One client as the agency sees it: figures, executions, n8n servers, and who may look. */
import { ApiOutlined, MailOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness } from '@/query/live';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Skeleton } from '@/ui/Skeleton';
import { TabLinks } from '@/ui/TabLinks';

import { Loaded } from '../analytics/Loaded';
import styles from './automation.module.css';
import { ClientActions } from './ClientActions';
import { metricsQuery } from './queries';
import type { ClientMetrics } from './queries';
import { TABS, figuresOf } from './search';
import type { AutomationSearch, Tab } from './search';
import { beginning, ReadAt, ServerTroubles } from './State';

const route = getRouteApi('/app/clients/$clientId');
const AutomationView = lazy(() => import('./AutomationView'));
const Executions = lazy(() => import('./Executions'));
const Servers = lazy(() => import('./Servers'));
const N8nDialog = lazy(() => import('./N8nDialog'));
const ClientPeople = lazy(() => import('./ClientPeople'));
const InviteClient = lazy(() => import('./InviteClient'));

export function ClientPage() {
  const { t } = useTranslation('automation');
  const { clientId } = route.useParams();
  const search = route.useSearch();
  const query = useQuery(metricsQuery(useApi(), clientId, search));
  const liveness = useLiveness(query);
  const isAllowed = useMay();
  const mayWrite = isAllowed('automation:write');
  const mayInvite = isAllowed('members:write');
  const [asking, setAsking] = useState<'n8n' | 'invite' | null>(null);
  const close = () => {
    setAsking(null);
  };
  const invite = mayInvite && (
    <Button
      icon={<MailOutlined aria-hidden />}
      onClick={() => {
        setAsking('invite');
      }}
    >
      {t('client.invite')}
    </Button>
  );
  const connect = mayWrite && (
    <Button
      type="primary"
      icon={<ApiOutlined aria-hidden />}
      onClick={() => {
        setAsking('n8n');
      }}
    >
      {t('begin.connect')}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={query.data?.client.name ?? t('client.title')}
        subtitle={
          query.data !== undefined && (
            <span className={styles.subtitle}>
              <ReadAt servers={query.data.servers} />
              {isAllowed('tenants:read') && (
                <Link to="/tenants/$tenantId" params={{ tenantId: clientId }}>
                  {t('client.tenant')}
                </Link>
              )}
              <Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />
            </span>
          )
        }
        back={{ to: '/clients', label: t('clients.title') }}
        actions={
          <Buttons>
            {invite}
            {mayWrite && <ClientActions clientId={clientId} />}
            {query.data?.servers.length === 0 && connect}
          </Buttons>
        }
      />
      <Loaded query={query} lines={10}>
        {(metrics) => (
          <Parts clientId={clientId} metrics={metrics} search={search} connect={connect} />
        )}
      </Loaded>
      <Suspense fallback={null}>
        {asking === 'n8n' && <N8nDialog client={clientId} server={null} first onClose={close} />}
        {asking === 'invite' && <InviteClient client={clientId} onClose={close} />}
      </Suspense>
    </>
  );
}

interface PartsProps {
  clientId: string;
  metrics: ClientMetrics;
  search: AutomationSearch;
  connect: ReactNode;
}

function Parts({ clientId, metrics, search, connect }: PartsProps) {
  const { t } = useTranslation('automation');
  const navigate = useNavigate({ from: '/clients/$clientId' });
  const isAllowed = useMay();
  const show = (changed: AutomationSearch) => {
    void navigate({ search: changed });
  };
  const tabs = TABS.filter((one) => one !== 'people' || isAllowed('members:read'));
  const tab: Tab = search.tab !== undefined && tabs.includes(search.tab) ? search.tab : 'overview';
  const begin = beginning({ metrics, connect });
  return (
    <>
      {tab !== 'servers' && (
        <ServerTroubles servers={metrics.servers} mayChange={isAllowed('automation:write')} />
      )}
      <TabLinks
        label={t('tabs.label')}
        value={tab}
        tabs={tabs.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          const kept = figuresOf(search);
          show(value === 'overview' ? kept : { ...kept, tab: value });
        }}
      >
        <Suspense fallback={<Skeleton lines={10} />}>
          {tab === 'servers' ? (
            <Servers client={clientId} servers={metrics.servers} />
          ) : tab === 'people' ? (
            <ClientPeople client={clientId} />
          ) : begin !== null ? (
            <Panel>{begin}</Panel>
          ) : tab === 'overview' ? (
            <AutomationView client={clientId} metrics={metrics} search={search} onSearch={show} />
          ) : (
            <Executions
              client={clientId}
              search={search}
              onSearch={show}
              from={metrics.period.from}
            />
          )}
        </Suspense>
      </TabLinks>
    </>
  );
}

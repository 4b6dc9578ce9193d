/** Events that outside systems push: what came, what became of it, what failed, and who may send. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useLiveness } from '@/query/live';
import { Freshness } from '@/ui/Freshness';
import { PageHeader } from '@/ui/PageHeader';
import { TabLinks } from '@/ui/TabLinks';

import { DeadLetters } from './DeadLetters';
import { EventDialog } from './EventDialog';
import { Events } from './Events';
import { Figures } from './Figures';
import { RENEW_MS, statusQuery } from './queries';
import { TABS } from './search';
import type { WebhookSearch } from './search';
import { Senders } from './Senders';

const route = getRouteApi('/app/webhooks');

export function WebhooksPage() {
  const { t } = useTranslation('webhooks');
  const navigate = useNavigate({ from: '/webhooks' });
  const search = route.useSearch();
  const query = useQuery({ ...statusQuery(useApi()), refetchInterval: RENEW_MS });
  const liveness = useLiveness(query);
  const { tab = 'events', event, ...rest } = search;
  const go = (next: WebhookSearch) => {
    void navigate({ search: next });
  };
  const onOpen = (id: string) => {
    go({ ...search, event: id });
  };
  const dead = query.data?.dead ?? 0;
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={<Freshness asOf={query.dataUpdatedAt || null} liveness={liveness} />}
      />
      <Figures query={query} />
      <TabLinks
        label={t('parts')}
        value={tab}
        tabs={TABS.map((value) => ({
          value,
          label: value === 'dead' && dead > 0 ? t('tabs.deadCount', { dead }) : t(`tabs.${value}`),
        }))}
        onChange={(value) => {
          go(value === 'events' ? {} : { tab: value });
        }}
      >
        {tab === 'events' && <Events search={search} onSearch={go} onOpen={onOpen} />}
        {tab === 'dead' && <DeadLetters search={search} onSearch={go} onOpen={onOpen} />}
        {tab === 'senders' && <Senders status={query.data} />}
      </TabLinks>
      {event !== undefined && (
        <EventDialog
          id={event}
          onClose={() => {
            go(search.tab === undefined ? rest : { ...rest, tab: search.tab });
          }}
        />
      )}
    </>
  );
}

/** What breaks: what fires and has fired, and the rules by which people are told. */
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { PageHeader } from '@/ui/PageHeader';
import { TabLinks } from '@/ui/TabLinks';

import { AlertList } from './AlertList';
import { usePlace } from './queries';
import { RuleList } from './RuleList';
import { TABS } from './search';

const route = getRouteApi('/app/alerts');

export function AlertsPage() {
  const { t } = useTranslation('alerts');
  const navigate = useNavigate({ from: '/alerts' });
  const { isStaff } = usePlace();
  const search = route.useSearch();
  const { tab = 'alerts' } = search;
  return (
    <>
      <PageHeader title={t('title')} subtitle={t(isStaff ? 'subtitleStaff' : 'subtitle')} />
      <TabLinks
        label={t('tabs.label')}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
        onChange={(value) => {
          void navigate({ search: value === 'rules' ? { tab: value } : {} });
        }}
      >
        {tab === 'rules' ? <RuleList /> : <AlertList search={search} />}
      </TabLinks>
    </>
  );
}

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';

import { STATUSES } from '../tenants/search';
import { TenantStatusTag } from '../tenants/StatusTag';
import styles from './OverviewPage.module.css';
import type { Platform } from './queries';

/** How many tenants there are in each state, leading to them. */
export function TenantStates({ overview }: { overview: Pick<Platform, 'tenants'> }) {
  const { t } = useTranslation('overview');
  const { count } = useNumbers();
  const isAllowed = useMay();
  const { tenants } = overview;
  if ((tenants.total ?? 0) === 0) {
    return (
      <Section title={t('tenants.title')}>
        <EmptyState
          title={t('tenants.none')}
          hint={t('tenants.noneHint')}
          action={
            isAllowed('tenants:write') && <Link to="/tenants/new">{t('tenants.create')}</Link>
          }
        />
      </Section>
    );
  }
  return (
    <Section
      title={t('tenants.title')}
      aside={<Link to="/tenants">{t('tenants.all', { total: count(tenants.total ?? 0) })}</Link>}
    >
      <ul className={styles.states}>
        {STATUSES.map((status) => (
          <li key={status}>
            <Link to="/tenants" search={{ status }}>
              <span className={styles.number}>{count(tenants[status] ?? 0)}</span>
              <TenantStatusTag status={status} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What goes wrong most, with the way to the latest of each. */
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { TimeText } from '@/ui/TimeText';

import styles from './automation.module.css';
import { OutLink } from './OutLink';
import type { ClientMetrics } from './queries';
import { figuresOf } from './search';
import type { AutomationSearch } from './search';
import { ViewLink } from './ViewLink';

interface CommonErrorsProps {
  client: string | null;
  search: AutomationSearch;
  errors: ClientMetrics['errors'];
}

export function CommonErrors({ client, search, errors }: CommonErrorsProps) {
  const { t } = useTranslation('automation');
  const { count } = useNumbers();
  if (errors.length === 0) {
    return <p className={styles.quiet}>{t('errors.none')}</p>;
  }
  return (
    <ul className={styles.errors}>
      {errors.map((error) => (
        <li key={`${error.connection_id} ${error.workflow_id} ${error.node} ${error.message}`}>
          <span className={styles.times}>{count(error.count)} ×</span>
          <div className={styles.error}>
            <p dir="auto" className={styles.message}>
              {error.message ?? t('errors.unexplained')}
            </p>
            <p className={styles.faint}>
              <ViewLink
                client={client}
                search={{
                  ...figuresOf(search),
                  tab: 'executions',
                  outcome: 'failed',
                  workflow: error.workflow_id,
                  server: error.connection_id,
                }}
              >
                <bdi>{error.workflow_name ?? error.workflow_id}</bdi>
              </ViewLink>
              {error.node !== null && (
                <>
                  {' · '}
                  <bdi>{error.node}</bdi>
                </>
              )}
              {' · '}
              <TimeText value={error.latest.started_at} />
              {' · '}
              <OutLink url={error.latest.url}>{t('errors.latest')}</OutLink>
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import type { Column } from '@/ui/table/column';
import { TimeText } from '@/ui/TimeText';

import { TenantName } from '../traffic/TenantName';
import { useTenantNames } from '../traffic/tenantNames';
import { AnswerTag } from './AnswerTag';
import styles from './logs.module.css';
import type { UsageLine } from './queries';

/** The columns of the request log. */
export function useUsageColumns(): readonly Column<UsageLine>[] {
  const { t } = useTranslation('logs');
  const { duration } = useNumbers();
  const names = useTenantNames();
  return [
    {
      id: 'request',
      title: t('fields.request'),
      cell: (line) => (
        <Link
          to="/logs/usage/$correlationId"
          params={{ correlationId: line.correlation_id }}
          className={styles.request ?? ''}
        >
          <code>
            <b>{line.method}</b> {line.route}
          </code>
        </Link>
      ),
    },
    {
      id: 'model',
      title: t('fields.model'),
      cell: (line) => line.model !== '' && <code>{line.model}</code>,
    },
    {
      id: 'answer',
      title: t('fields.answer'),
      cell: (line) => <AnswerTag status={line.status} code={line.code} />,
    },
    {
      id: 'duration',
      title: t('fields.duration'),
      numeric: true,
      cell: (line) => duration(line.duration_ms),
    },
    {
      id: 'tenant',
      title: t('fields.tenant'),
      cell: (line) =>
        line.tenant_id === null ? (
          <span className={styles.faint}>{t('platform')}</span>
        ) : (
          <TenantName id={line.tenant_id} name={names.get(line.tenant_id)} />
        ),
    },
    {
      id: 'time',
      title: t('fields.time'),
      cell: (line) => <TimeText value={line.occurred_at} />,
    },
  ];
}

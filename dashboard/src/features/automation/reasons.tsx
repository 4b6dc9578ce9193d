/** Why something needs attention, in the person's language. */
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import { useAmounts } from './amounts';
import styles from './automation.module.css';
import type { Attention } from './queries';

const TONES: Record<Attention['severity'], Tone> = {
  critical: 'bad',
  warning: 'warn',
  notice: 'info',
};

/** What a reason says about its client or workflow; `named` leaves the workflow's name out. */
export function useReason(): (attention: Attention, named?: boolean) => string {
  const { t } = useTranslation('automation');
  const { share } = useNumbers();
  const { points, time } = useAmounts();
  return ({ reason, value, workflow_name, workflow_id }, named = false) => {
    const amount = value ?? 0;
    // kept apart from the words around it, whichever way those run
    const name = `\u2068${workflow_name ?? workflow_id ?? ''}\u2069`;
    switch (reason) {
      case 'workflow_failing':
        return named
          ? t('reason.failing', { count: amount })
          : t('reason.workflowFailing', { name, count: amount });
      case 'overdue':
        return named
          ? t('reason.overdue', { time: time(amount) })
          : t('reason.workflowOverdue', { name, time: time(amount) });
      case 'stale':
        return t('reason.stale', { time: time(amount) });
      case 'low_success':
        return t('reason.lowSuccess', { share: share(amount) });
      case 'success_fell':
        return t('reason.successFell', { points: points(-amount).replace('+', '') });
      case 'no_server':
        return t('reason.noServer');
      case 'server_failing':
        return t('reason.serverFailing');
      case 'key_refused':
        return t('reason.keyRefused');
    }
  };
}

interface ReasonsProps {
  reasons: readonly Attention[];
  /** How many to tell; the others are counted. */
  most?: number;
  /** The workflow they are about is named beside them. */
  named?: boolean;
}

/** Reasons under each other, the gravest first. */
export function Reasons({ reasons, most = 3, named = false }: ReasonsProps) {
  const { t } = useTranslation('automation');
  const said = useReason();
  const more = reasons.length - most;
  return (
    <ul className={styles.reasons}>
      {reasons.slice(0, most).map((reason) => (
        <li key={`${reason.reason} ${reason.connection_id} ${reason.workflow_id}`}>
          <Tag tone={TONES[reason.severity]}>{t(`severity.${reason.severity}`)}</Tag>
          <span>{said(reason, named)}</span>
        </li>
      ))}
      {more > 0 && <li className={styles.faint}>{t('moreReasons', { count: more })}</li>}
    </ul>
  );
}

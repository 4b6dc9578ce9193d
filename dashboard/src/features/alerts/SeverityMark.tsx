import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

import type { Alert } from './queries';

const TONES: Record<Alert['severity'], Tone> = {
  critical: 'bad',
  warning: 'warn',
  notice: 'neutral',
};

export function SeverityMark({ severity }: { severity: Alert['severity'] }) {
  const { t } = useTranslation('alerts');
  return <Tag tone={TONES[severity]}>{t(`severity.${severity}`)}</Tag>;
}

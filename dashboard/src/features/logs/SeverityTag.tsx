import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';

export type Severity = components['schemas']['ErrorDetailOut']['severity'];

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

const TONES: Record<Severity, Tone> = { low: 'neutral', medium: 'info', high: 'warn', critical: 'bad' };

export function SeverityTag({ severity }: { severity: Severity }) {
  const { t } = useTranslation('logs');
  return <Tag tone={TONES[severity]}>{t(`severities.${severity}`)}</Tag>;
}

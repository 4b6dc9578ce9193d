import { useTranslation } from 'react-i18next';

import type { components } from '@/api/schema.gen';
import { useNumbers } from '@/i18n/language';
import { Notice } from '@/ui/Notice';

/** What came of trying a connection. */
export function CheckResult({ check }: { check: components['schemas']['CheckOut'] }) {
  const { t } = useTranslation('tenants');
  const { duration } = useNumbers();
  if (check.success) {
    return (
      <Notice tone="good" title={t('check.ok')}>
        <bdi>
          {[
            check.server_version == null ? null : t('check.version', { version: check.server_version }),
            check.user == null ? null : t('check.user', { user: check.user }),
            duration(check.latency_ms),
          ]
            .filter(Boolean)
            .join(' · ')}
        </bdi>
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title={t('check.failed')}>
      <p dir="auto">{check.problem}</p>
      {check.what_to_do != null && <p dir="auto">{check.what_to_do}</p>}
    </Notice>
  );
}

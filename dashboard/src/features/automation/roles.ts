import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { roleName } from '@/shell/person';

const BUILT_IN = ['client', 'user', 'manager', 'admin', 'owner'] as const;

/** The roles every tenant has. Those a tenant made itself are its own people's to give. */
export function useBuiltInRoles(): readonly { value: string; label: string }[] {
  const { t } = useTranslation('shell');
  return useMemo(() => BUILT_IN.map((value) => ({ value, label: roleName(t, value) })), [t]);
}

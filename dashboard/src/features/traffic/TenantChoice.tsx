import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay } from '@/session/context';
import { Combobox } from '@/ui/Combobox';

import styles from './TenantChoice.module.css';
import { useTenantNames } from './tenantNames';

interface TenantChoiceProps {
  value: string | undefined;
  onChange: (tenantId: string | undefined) => void;
}

/** One tenant of many, found by typing a part of its name. */
export function TenantChoice({ value, onChange }: TenantChoiceProps) {
  const { t } = useTranslation('traffic');
  const names = useTenantNames();
  const options = useMemo(
    () => Array.from(names, ([id, name]) => ({ value: id, label: name })),
    [names],
  );
  if (!useMay()('tenants:read')) {
    return null;
  }
  return (
    <Combobox
      clearable
      className={styles.choice}
      label={t('tenant')}
      placeholder={t('tenantAny')}
      options={options}
      value={value ?? null}
      onChange={(id) => {
        onChange(id ?? undefined);
      }}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { rolesQuery } from '@/features/roles/queries';
import { useMay } from '@/session/context';
import { roleName } from '@/shell/person';

export interface RoleChoice {
  value: string;
  label: string;
}

/** The roles people can be given; none while they are not known. */
export function useRoles(): readonly RoleChoice[] {
  const { t } = useTranslation('shell');
  const roles = useQuery({ ...rolesQuery(useApi()), enabled: useMay()('roles:read') });
  return useMemo(
    () =>
      (roles.data?.items ?? []).map(({ code, name, built_in }) => ({
        value: code,
        label: built_in ? roleName(t, code) : name,
      })),
    [roles.data, t],
  );
}

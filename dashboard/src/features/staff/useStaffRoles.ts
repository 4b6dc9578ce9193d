import { useTranslation } from 'react-i18next';

import { roleName } from '@/shell/person';

import { STAFF_ROLES } from './search';

/** The roles of staff, by name. */
export function useStaffRoles() {
  const { t } = useTranslation('shell');
  return STAFF_ROLES.map((role) => ({ value: role, label: roleName(t, role) }));
}

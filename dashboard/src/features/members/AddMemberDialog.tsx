import { useTranslation } from 'react-i18next';

import { AddPersonDialog } from '@/features/people/AddPersonDialog';

import { useAddMember } from './queries';
import type { RoleChoice } from './useRoles';

interface AddMemberDialogProps {
  roles: readonly RoleChoice[];
  onClose: () => void;
}

export function AddMemberDialog({ roles, onClose }: AddMemberDialogProps) {
  const { t } = useTranslation('members');
  return (
    <AddPersonDialog
      title={t('add.button')}
      roles={roles}
      role="user"
      add={useAddMember()}
      onClose={onClose}
    />
  );
}

import { useTranslation } from 'react-i18next';

import { AddPersonDialog } from '@/features/people/AddPersonDialog';

import { useAddStaff } from './queries';
import { useStaffRoles } from './useStaffRoles';

export function AddStaffDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('staff');
  return (
    <AddPersonDialog
      title={t('add.button')}
      roles={useStaffRoles()}
      role="support"
      add={useAddStaff()}
      onClose={onClose}
    />
  );
}

import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { useToasts } from '@/ui/toasts';
import { Tick } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { useChangeStaff, useRemoveStaff } from './queries';
import type { StaffPerson } from './queries';
import { useStaffRoles } from './useStaffRoles';

interface DialogProps {
  person: StaffPerson;
  onClose: () => void;
}

interface EditValues {
  role: string | null;
  is_active: boolean;
}

/** Change the role of somebody, or keep them from signing in. */
export function EditStaffDialog({ person, onClose }: DialogProps) {
  const { t } = useTranslation('staff');
  const roles = useStaffRoles();
  const toasts = useToasts();
  const form = useForm<EditValues>();
  const change = useChangeStaff(person.id);
  return (
    <Dialog
      title={t('edit.of', { name: person.full_name })}
      confirm={t('edit.submit')}
      busy={change.isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {change.isError && <ErrorPanel compact error={change.error} />}
      <Form<EditValues>
        form={form}
        inside
        initialValues={{ role: person.platform_role, is_active: person.is_active }}
        onFinish={({ role, is_active }) => {
          change.mutate(
            {
              ...(role === person.platform_role ? {} : { role }),
              ...(is_active === person.is_active ? {} : { is_active }),
            },
            {
              onSuccess: () => {
                onClose();
                toasts.success(t('edit.done', { name: person.full_name }));
              },
            },
          );
        }}
      >
        <FormItem name="role" label={t('role')}>
          <ChoiceField options={roles} />
        </FormItem>
        <FormItem
          name="is_active"
          label={t('active')}
          beside
          hint={t('edit.activeHint')}
        >
          <Tick />
        </FormItem>
      </Form>
    </Dialog>
  );
}

export function RemoveStaffDialog({ person, onClose }: DialogProps) {
  const { t } = useTranslation('staff');
  const toasts = useToasts();
  const remove = useRemoveStaff(person.id);
  return (
    <TypedConfirmDialog
      title={t('remove.title', { name: person.full_name })}
      word={person.email}
      confirm={t('remove.button')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('remove.done', { name: person.full_name }));
          },
        });
      }}
    >
      {t('remove.means')}
    </TypedConfirmDialog>
  );
}

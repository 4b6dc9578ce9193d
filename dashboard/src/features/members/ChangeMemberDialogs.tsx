import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { useToasts } from '@/ui/toasts';
import { NumberField, Tick } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';

import { useChangeMember, useRemoveMember } from './queries';
import type { Member } from './queries';
import type { RoleChoice } from './useRoles';

interface EditMemberDialogProps {
  member: Member;
  roles: readonly RoleChoice[];
  onClose: () => void;
}

interface EditValues {
  role: string;
  is_active: boolean;
  odoo_user_id?: number | null;
}

/** Change what somebody may do, whether they may sign in, and which Odoo user they are. */
export function EditMemberDialog({ member, roles, onClose }: EditMemberDialogProps) {
  const { t } = useTranslation('members');
  const toasts = useToasts();
  const form = useForm<EditValues>();
  const change = useChangeMember(member.id);
  return (
    <Dialog
      title={t('edit.of', { name: member.full_name })}
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
        initialValues={{
          role: member.role,
          is_active: member.is_active,
          odoo_user_id: member.odoo_user_id,
        }}
        onFinish={({ role, is_active, odoo_user_id = null }) => {
          change.mutate(
            {
              ...(role === member.role ? {} : { role }),
              ...(is_active === member.is_active ? {} : { is_active }),
              ...(odoo_user_id === member.odoo_user_id ? {} : { odoo_user_id }),
            },
            {
              onSuccess: () => {
                onClose();
                toasts.success(t('edit.done', { name: member.full_name }));
              },
            },
          );
        }}
      >
        <FormItem name="role" label={t('role')} hint={t('edit.roleHint')}>
          <ChoiceField options={roles} />
        </FormItem>
        <FormItem name="odoo_user_id" label={t('odooUser')} hint={t('edit.odooHint')}>
          <NumberField min={1} whole />
        </FormItem>
        <FormItem
          name="is_active"
          label={t('states.active')}
          beside
          hint={t('edit.activeHint')}
        >
          <Tick />
        </FormItem>
      </Form>
    </Dialog>
  );
}

interface RemoveMemberDialogProps {
  member: Member;
  onClose: () => void;
}

export function RemoveMemberDialog({ member, onClose }: RemoveMemberDialogProps) {
  const { t } = useTranslation('members');
  const toasts = useToasts();
  const remove = useRemoveMember(member.id);
  return (
    <TypedConfirmDialog
      title={t('remove.title', { name: member.full_name })}
      word={member.email}
      confirm={t('remove.button')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('remove.done', { name: member.full_name }));
          },
        });
      }}
    >
      {t('remove.means')}
    </TypedConfirmDialog>
  );
}

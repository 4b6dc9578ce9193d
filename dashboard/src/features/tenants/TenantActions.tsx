/** What can be done with a tenant, each with the question it deserves. */
import { EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { ReasonDialog } from '@/ui/ReasonDialog';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { useToasts } from '@/ui/toasts';

import { useDeleteTenant, useMoveTenant } from './changes';
import type { Tenant } from './queries';

type Asking = 'suspend' | 'activate' | 'delete';

export function TenantActions({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const isAllowed = useMay();
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => {
    setAsking(null);
  };
  if (!isAllowed('tenants:write')) {
    return null;
  }
  const isDeleted = tenant.status === 'deleted';
  return (
    <>
      {!isDeleted && (
        <ButtonLink
          to="/tenants/$tenantId/edit"
          params={{ tenantId: tenant.id }}
          icon={<EditOutlined aria-hidden />}
        >
          {t('actions.edit')}
        </ButtonLink>
      )}
      {(tenant.status === 'active' || tenant.status === 'trial') && (
        <Button
          onClick={() => {
            setAsking('suspend');
          }}
        >
          {t('actions.suspend')}
        </Button>
      )}
      {tenant.status !== 'active' && (
        <Button
          type={isDeleted || tenant.status === 'suspended' ? 'primary' : 'default'}
          onClick={() => {
            setAsking('activate');
          }}
        >
          {isDeleted ? t('actions.restore') : t('actions.activate')}
        </Button>
      )}
      {!isDeleted && (
        <Button
          danger
          onClick={() => {
            setAsking('delete');
          }}
        >
          {t('actions.delete')}
        </Button>
      )}
      {asking === 'delete' && <DeleteDialog tenant={tenant} onClose={close} />}
      {(asking === 'suspend' || asking === 'activate') && (
        <MoveDialog tenant={tenant} move={asking} onClose={close} />
      )}
    </>
  );
}

interface MoveDialogProps {
  tenant: Tenant;
  move: 'suspend' | 'activate';
  onClose: () => void;
}

function MoveDialog({ tenant, move, onClose }: MoveDialogProps) {
  const { t } = useTranslation('tenants');
  const toasts = useToasts();
  const change = useMoveTenant(tenant.id, move);
  const { name } = tenant;
  const done = { suspend: t('done.suspend', { name }), activate: t('done.activate', { name }) };
  const isDeleted = tenant.status === 'deleted';
  const title = {
    suspend: t('ask.suspend', { name }),
    activate: isDeleted ? t('ask.restore', { name }) : t('ask.activate', { name }),
  };
  const told = { suspend: t('ask.suspendMeans'), activate: t('ask.activateMeans') };
  const verb = {
    suspend: t('actions.suspend'),
    activate: isDeleted ? t('actions.restore') : t('actions.activate'),
  };
  return (
    <ReasonDialog
      title={title[move]}
      confirm={verb[move]}
      optional={move === 'activate'}
      danger={move === 'suspend'}
      busy={change.isPending}
      error={change.error}
      onCancel={onClose}
      onConfirm={(reason) => {
        change.mutate(reason, {
          onSuccess: () => {
            onClose();
            toasts.success(done[move]);
          },
        });
      }}
    >
      {told[move]}
    </ReasonDialog>
  );
}

function DeleteDialog({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const { t } = useTranslation('tenants');
  const toasts = useToasts();
  const remove = useDeleteTenant(tenant.id);
  return (
    <TypedConfirmDialog
      title={t('ask.delete', { name: tenant.name })}
      word={tenant.slug}
      confirm={t('actions.delete')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('done.delete', { name: tenant.name }));
          },
        });
      }}
    >
      {t('ask.deleteMeans')}
    </TypedConfirmDialog>
  );
}

/** Changing and deleting a client. */
import { DeleteOutlined, EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';
import { useToasts } from '@/ui/toasts';

import { clientQuery, useDeleteClient } from './queries';
import type { Client } from './queries';

const ClientDialog = lazy(() => import('./ClientDialog'));

export function ClientActions({ clientId }: { clientId: string }) {
  const { t } = useTranslation('automation');
  const client = useQuery(clientQuery(useApi(), clientId)).data;
  const [asking, setAsking] = useState<'edit' | 'delete' | null>(null);
  const close = () => {
    setAsking(null);
  };
  if (client === undefined || client.status === 'deleted') {
    return null;
  }
  return (
    <>
      <Button
        icon={<EditOutlined aria-hidden />}
        onClick={() => {
          setAsking('edit');
        }}
      >
        {t('client.edit')}
      </Button>
      <Button
        danger
        icon={<DeleteOutlined aria-hidden />}
        onClick={() => {
          setAsking('delete');
        }}
      >
        {t('client.delete')}
      </Button>
      {asking === 'edit' && (
        <Suspense fallback={null}>
          <ClientDialog client={client} onClose={close} />
        </Suspense>
      )}
      {asking === 'delete' && <DeleteDialog client={client} onClose={close} />}
    </>
  );
}

function DeleteDialog({ client, onClose }: { client: Client; onClose: () => void }) {
  const { t } = useTranslation('automation');
  const toasts = useToasts();
  const navigate = useNavigate();
  const remove = useDeleteClient(client.id, async () => {
    toasts.success(t('client.deleted', { name: client.name }));
    await navigate({ to: '/clients' });
  });
  return (
    <TypedConfirmDialog
      title={t('client.deleteOne', { name: client.name })}
      word={client.name}
      confirm={t('client.delete')}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => {
        remove.mutate();
      }}
    >
      {t('client.deleteMeans')}
    </TypedConfirmDialog>
  );
}

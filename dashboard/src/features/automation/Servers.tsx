/** The n8n servers of a client: their state, and how they are reached. */
import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';
import { TypedConfirmDialog } from '@/ui/TypedConfirmDialog';

import styles from './automation.module.css';
import { OutLink } from './OutLink';
import { useConfigureN8n, useRemoveServer, useTestServer } from './queries';
import type { N8nServer } from './queries';

const N8nDialog = lazy(() => import('./N8nDialog'));

type Asking = { kind: 'add' } | { kind: 'edit' | 'remove'; server: N8nServer };

interface ServersProps {
  client: string;
  servers: readonly N8nServer[];
}

export default function Servers({ client, servers }: ServersProps) {
  const { t } = useTranslation('automation');
  const mayWrite = useMay()('automation:write');
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => {
    setAsking(null);
  };
  const columns = useColumns(client, mayWrite, setAsking);
  const add = mayWrite && (
    <Button
      icon={<PlusOutlined aria-hidden />}
      type={servers.length === 0 ? 'primary' : 'default'}
      onClick={() => {
        setAsking({ kind: 'add' });
      }}
    >
      {servers.length === 0 ? t('begin.connect') : t('servers.add')}
    </Button>
  );
  return (
    <Section flush title={t('tabs.servers')} aside={servers.length > 0 && add}>
      {servers.length === 0 ? (
        <EmptyState title={t('begin.noServer')} hint={t('begin.connectHint')} action={add} />
      ) : (
        <Rows
          caption={t('tabs.servers')}
          columns={columns}
          rows={servers}
          rowKey={({ connection_id }) => connection_id}
        />
      )}
      {asking?.kind === 'remove' ? (
        <RemoveDialog client={client} server={asking.server} onClose={close} />
      ) : asking !== null ? (
        <Suspense fallback={null}>
          <N8nDialog
            client={client}
            server={asking.kind === 'edit' ? asking.server : null}
            first={servers.length === 0}
            onClose={close}
          />
        </Suspense>
      ) : null}
    </Section>
  );
}

function useColumns(
  client: string,
  mayWrite: boolean,
  ask: (asking: Asking) => void,
): readonly Column<N8nServer>[] {
  const { t } = useTranslation('automation');
  const toasts = useToasts();
  const configure = useConfigureN8n(client);
  const test = useTestServer(client);
  const columns: Column<N8nServer>[] = [
    {
      id: 'name',
      title: t('servers.name'),
      cell: (server) => (
        <div className={styles.named}>
          <span className={styles.name}>
            <bdi>{server.name}</bdi>
            {server.is_primary && <Tag>{t('servers.primary')}</Tag>}
          </span>
          <OutLink url={server.url}>
            <code>{server.url}</code>
          </OutLink>
        </div>
      ),
    },
    {
      id: 'state',
      title: t('servers.state'),
      cell: ({ is_active, status, status_detail, fresh_at }) => (
        <div className={styles.named}>
          <span>
            {is_active ? (
              <StateTag state={stateOf(status, fresh_at !== null)} />
            ) : (
              <Tag>{t('servers.paused')}</Tag>
            )}
          </span>
          {status_detail !== null && (
            <span dir="auto" className={styles.said}>
              {status_detail}
            </span>
          )}
        </div>
      ),
    },
    { id: 'version', title: t('servers.version'), cell: ({ version }) => version ?? '–' },
    {
      id: 'read',
      title: t('servers.read'),
      cell: ({ fresh_at }) => (fresh_at === null ? t('servers.notYet') : <TimeText value={fresh_at} />),
    },
  ];
  if (mayWrite) {
    columns.push({
      id: 'actions',
      title: t('servers.actions'),
      cell: (server) => (
        <Buttons>
          <Button
            size="small"
            aria-label={t('servers.editOne', { name: server.name })}
            onClick={() => {
              ask({ kind: 'edit', server });
            }}
          >
            {t('servers.edit')}
          </Button>
          <Button
            size="small"
            aria-label={t('servers.testOne', { name: server.name })}
            loading={test.isPending && test.variables === server.connection_id}
            onClick={() => {
              test.mutate(server.connection_id, {
                onSuccess: ({ success, problem }) => {
                  if (success) {
                    toasts.success(t('servers.testFine', { name: server.name }));
                  } else {
                    toasts.failure(t('servers.testFailed', { name: server.name }), new Error(problem ?? ''));
                  }
                },
                onError: (error) => {
                  toasts.failure(t('servers.notTested', { name: server.name }), error);
                },
              });
            }}
          >
            {t('servers.test')}
          </Button>
          <Button
            size="small"
            loading={configure.isPending}
            onClick={() => {
              configure.mutate(
                { connection_id: server.connection_id, is_active: !server.is_active },
                {
                  onError: (error) => {
                    toasts.failure(t('servers.notChanged'), error);
                  },
                },
              );
            }}
          >
            {server.is_active ? t('servers.pause') : t('servers.goOn')}
          </Button>
          <Button
            danger
            size="small"
            aria-label={t('servers.removeOne', { name: server.name })}
            onClick={() => {
              ask({ kind: 'remove', server });
            }}
          >
            {t('servers.remove')}
          </Button>
        </Buttons>
      ),
    });
  }
  return columns;
}

const TONES = {
  ok: 'good',
  failing: 'bad',
  reauthorise: 'bad',
  unknown: 'neutral',
} satisfies Record<string, Tone>;

type State = keyof typeof TONES;

/** One that was never tried by hand but has been read works. */
function stateOf(status: string, isRead: boolean): State {
  const known = (['ok', 'failing', 'reauthorise'] as const).find((one) => one === status);
  return known ?? (isRead ? 'ok' : 'unknown');
}

function StateTag({ state }: { state: State }) {
  const { t } = useTranslation('automation');
  return <Tag tone={TONES[state]}>{t(`servers.${state}`)}</Tag>;
}

interface RemoveDialogProps {
  client: string;
  server: N8nServer;
  onClose: () => void;
}

function RemoveDialog({ client, server, onClose }: RemoveDialogProps) {
  const { t } = useTranslation('automation');
  const toasts = useToasts();
  const remove = useRemoveServer(client);
  return (
    <TypedConfirmDialog
      title={t('servers.removeOne', { name: server.name })}
      word={server.name}
      confirm={t('servers.remove')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        remove.mutate(server.connection_id, {
          onSuccess: () => {
            toasts.success(t('servers.removed', { name: server.name }));
            onClose();
          },
        });
      }}
      onCancel={onClose}
    >
      {t('servers.removeMeans')}
    </TypedConfirmDialog>
  );
}

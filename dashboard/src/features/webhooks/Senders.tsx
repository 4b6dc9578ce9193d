/** Who may send events: secrets and addresses of each connection, and how a sender is set up. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { CodeBlock } from '@/ui/CodeBlock';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { MakeDialog } from './MakeDialog';
import type { Making } from './MakeDialog';
import { credentialsQuery, useRevoke } from './queries';
import type { Credential, CredentialKind, WebhookStatus } from './queries';
import styles from './webhooks.module.css';

export function Senders({ status }: { status: WebhookStatus | undefined }) {
  const { t } = useTranslation('webhooks');
  const { count } = useNumbers();
  const [making, setMaking] = useState<Making>();
  if (status === undefined) {
    return <Skeleton lines={8} />;
  }
  return (
    <Stack>
      {status.receivers.map(
        ({ connection_id, connection, pull_error }) =>
          pull_error != null && (
            <Notice key={connection_id} title={t('notFetched', { connection })}>
              {pull_error}
            </Notice>
          ),
      )}
      <Section flush title={t('receivers')}>
        {status.receivers.length === 0 ? (
          <EmptyState title={t('noReceivers')} hint={t('noReceiversHint')} />
        ) : (
          <Rows
            caption={t('receivers')}
            rows={status.receivers}
            rowKey={(one) => one.connection_id}
            columns={[
              {
                id: 'connection',
                title: t('fields.connection'),
                cell: (one) => (
                  <span>
                    <bdi>{one.connection}</bdi> <code>{one.connector}</code>{' '}
                    {!one.is_active && <Tag tone="warn">{t('inactive')}</Tag>}
                  </span>
                ),
              },
              {
                id: 'secrets',
                title: t('fields.secrets'),
                numeric: true,
                cell: (one) => count(one.secrets),
              },
              {
                id: 'addresses',
                title: t('fields.addresses'),
                numeric: true,
                cell: (one) => count(one.addresses),
              },
              {
                id: 'events',
                title: t('fields.eventsDay'),
                numeric: true,
                cell: (one) => count(one.events_24h),
              },
              {
                id: 'last',
                title: t('fields.lastEvent'),
                cell: (one) =>
                  one.last_event_at === null ? (
                    t('none')
                  ) : (
                    <TimeText value={one.last_event_at} />
                  ),
              },
            ]}
          />
        )}
      </Section>
      <Credentials kind="secrets" status={status} onMake={setMaking} />
      <Credentials kind="addresses" status={status} onMake={setMaking} />
      <HowTo status={status} />
      {making !== undefined && (
        <MakeDialog
          making={making}
          receivers={status.receivers}
          onClose={() => {
            setMaking(undefined);
          }}
        />
      )}
    </Stack>
  );
}

interface CredentialsProps {
  kind: CredentialKind;
  status: WebhookStatus;
  onMake: (making: Making) => void;
}

function Credentials({ kind, status, onMake }: CredentialsProps) {
  const { t } = useTranslation('webhooks');
  const mayWrite = useMay()('webhooks:write');
  const query = useQuery(credentialsQuery(useApi(), kind));
  const [revoking, setRevoking] = useState<Credential>();
  const nameOf = (id: string) =>
    status.receivers.find((one) => one.connection_id === id)?.connection ?? id;
  return (
    <Section
      flush
      title={t(`credentials.title.${kind}`)}
      aside={
        mayWrite &&
        status.receivers.length > 0 && (
          <Buttons>
            {kind === 'secrets' && (query.data?.total ?? 0) > 0 && (
              <Button
                size="small"
                onClick={() => {
                  onMake('rotation');
                }}
              >
                {t('rotate')}
              </Button>
            )}
            <Button
              size="small"
              type="primary"
              onClick={() => {
                onMake(kind === 'secrets' ? 'secret' : 'address');
              }}
            >
              {t(`credentials.make.${kind}`)}
            </Button>
          </Buttons>
        )
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={3} />
        )
      ) : query.data.items.length === 0 ? (
        <EmptyState title={t(`credentials.none.${kind}`)} hint={t(`credentials.noneHint.${kind}`)} />
      ) : (
        <Rows
          caption={t(`credentials.title.${kind}`)}
          rows={query.data.items}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'name',
              title: t('fields.name'),
              cell: (one) => (
                <span>
                  <bdi>{one.name}</bdi> <code>{one.prefix}…</code>
                </span>
              ),
            },
            {
              id: 'connection',
              title: t('fields.connection'),
              cell: (one) => <bdi>{nameOf(one.connection_id)}</bdi>,
            },
            {
              id: 'state',
              title: t('fields.status'),
              cell: (one) =>
                one.revoked_at !== null ? (
                  <Tag tone="bad">{t('revoked')}</Tag>
                ) : one.expires_at !== null ? (
                  <>
                    <Tag tone="warn">{t('ending')}</Tag> <TimeText value={one.expires_at} />
                  </>
                ) : (
                  <Tag tone="good">{t('valid')}</Tag>
                ),
            },
            {
              id: 'created',
              title: t('fields.created'),
              cell: (one) => <TimeText value={one.created_at} />,
            },
            ...(mayWrite
              ? [
                  {
                    id: 'actions',
                    title: t('fields.actions'),
                    cell: (one: Credential) =>
                      one.revoked_at === null && (
                        <Button
                          danger
                          size="small"
                          aria-label={t('revokeOne', { name: `${one.name} ${one.prefix}` })}
                          onClick={() => {
                            setRevoking(one);
                          }}
                        >
                          {t('revoke')}
                        </Button>
                      ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {revoking !== undefined && (
        <Revoking
          kind={kind}
          credential={revoking}
          onClose={() => {
            setRevoking(undefined);
          }}
        />
      )}
    </Section>
  );
}

interface RevokingProps {
  kind: CredentialKind;
  credential: Credential;
  onClose: () => void;
}

function Revoking({ kind, credential, onClose }: RevokingProps) {
  const { t } = useTranslation('webhooks');
  const toasts = useToasts();
  const revoke = useRevoke(kind, credential.id);
  return (
    <ConfirmDialog
      danger
      title={t('revokeAsk', { name: credential.name })}
      confirm={t('revoke')}
      busy={revoke.isPending}
      error={revoke.error}
      onCancel={onClose}
      onConfirm={() => {
        revoke.mutate(undefined, {
          onSuccess: () => {
            toasts.success(t('revokedDone'));
            onClose();
          },
        });
      }}
    >
      {t('revokeHint')}
    </ConfirmDialog>
  );
}

function HowTo({ status }: { status: WebhookStatus }) {
  const { t } = useTranslation('webhooks');
  const [connection] = status.receivers;
  const base = location.origin;
  const signed = [
    `BODY='{"events":[{"id":"1","model":"res.partner","record_id":7,"operation":"write"}]}'`,
    'NOW=$(date +%s)',
    `SIGNATURE=$(printf '%s.%s' "$NOW" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)`,
    `curl -X POST ${base}${status.signed_address} -d "$BODY" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -H "X-BridgeCore-Connection: ${connection?.connection_id ?? '$CONNECTION'}" \\`,
    '  -H "X-BridgeCore-Timestamp: $NOW" -H "X-BridgeCore-Signature: v1=$SIGNATURE"',
  ].join('\n');
  const keyed = [
    `curl -X POST ${base}${status.push_address} \\`,
    '  -H "Authorization: Bearer $API_KEY" -H "Content-Type: application/json" \\',
    `  -d '{"events":[{"id":"1","model":"res.partner","record_id":7,"operation":"write"}]}'`,
  ].join('\n');
  return (
    <Section title={t('how.title')}>
      <div className={styles.how}>
        <h3>{t('how.addon')}</h3>
        <p>{t('how.addonHint')}</p>
        <h3>{t('how.rule')}</h3>
        <ol>
          <li>{t('how.rule1')}</li>
          <li>{t('how.rule2')}</li>
          <li>{t('how.rule3')}</li>
        </ol>
        <h3>{t('how.signed')}</h3>
        <p>{t('how.signedHint')}</p>
        <CodeBlock label={t('how.signedCode')} code={signed} />
        <h3>{t('how.keyed')}</h3>
        <p>{t('how.keyedHint')}</p>
        <CodeBlock label={t('how.keyedCode')} code={keyed} />
        <p>{t('how.after')}</p>
      </div>
    </Section>
  );
}

/** Outgoing mail: what went out, what did not and why; without a mail server it is read here. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { Buttons } from '@/ui/Buttons';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { Freshness } from '@/ui/Freshness';
import { Notice } from '@/ui/Notice';
import { PageHeader } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { Stack } from '@/ui/Stack';
import type { Column } from '@/ui/table/column';
import { FeedTable } from '@/ui/table/FeedTable';
import { FilterBar } from '@/ui/table/FilterBar';
import { Tag } from '@/ui/Tag';
import type { Tone } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import styles from './mail.module.css';
import { MailDialog } from './MailDialog';
import { RENEW_MS, mailsQuery, useSendMail } from './queries';
import type { Mail } from './queries';
import { STATUSES, readMailSearch } from './search';
import type { MailSearch, MailStatus } from './search';

const route = getRouteApi('/app/mails');

const TONES: Record<MailStatus, Tone> = {
  waiting: 'neutral',
  sent: 'good',
  failed: 'bad',
  captured: 'info',
};

interface Asking {
  to: 'read' | 'send';
  mail: Mail;
}

export function MailsPage() {
  const { t } = useTranslation('mails');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/mails' });
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useInfiniteQuery({ ...mailsQuery(useApi(), search), refetchInterval: RENEW_MS });
  const hasServer = query.data?.pages[0]?.server;
  const columns = useColumns(hasServer === true, setAsking);
  const isFiltered = search.status !== undefined || search.search !== undefined;
  const show = (wanted: MailSearch) => {
    void navigate({ search: wanted });
  };
  const close = () => {
    setAsking(null);
  };
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack>
        {hasServer === false && <Notice title={t('captured')}>{t('capturedHint')}</Notice>}
        <Panel>
          <FilterBar
            text={search.search}
            textLabel={t('find')}
            filters={[
              {
                id: 'status',
                label: t('state'),
                value: search.status,
                options: STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
              },
            ]}
            onChange={(id, value) => {
              show(readMailSearch({ ...search, [id]: value }));
            }}
            onClear={() => {
              show({});
            }}
            aside={
              <Freshness
                asOf={query.dataUpdatedAt || null}
                liveness={query.isError ? 'failing' : 'polling'}
              />
            }
          />
          <FeedTable
            caption={t('title')}
            columns={columns}
            query={query}
            rowKey={({ id }) => id}
            empty={
              isFiltered ? (
                <EmptyState title={t('noneFound')} hint={t('noneFoundHint')} />
              ) : (
                <EmptyState title={t('none')} hint={t('noneHint')} />
              )
            }
          />
        </Panel>
      </Stack>
      {asking?.to === 'read' && <MailDialog mail={asking.mail} onClose={close} />}
      {asking?.to === 'send' && <SendDialog mail={asking.mail} onClose={close} />}
    </>
  );
}

function SendDialog({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  const { t } = useTranslation('mails');
  const send = useSendMail(mail.id);
  return (
    <ConfirmDialog
      title={t('send.title', { to: mail.recipient })}
      confirm={t('send.button')}
      busy={send.isPending}
      error={send.error}
      onConfirm={() => {
        send.mutate(undefined, { onSuccess: onClose });
      }}
      onCancel={onClose}
    >
      {t('send.means')}
    </ConfirmDialog>
  );
}

function useColumns(hasServer: boolean, ask: (asking: Asking) => void): readonly Column<Mail>[] {
  const { t } = useTranslation('mails');
  const mayOpen = useMay()('platform:write');
  const columns: Column<Mail>[] = [
    { id: 'to', title: t('to'), cell: ({ recipient }) => <bdi>{recipient}</bdi> },
    {
      id: 'subject',
      title: t('subject'),
      cell: ({ subject, last_error }) => (
        <span className={styles.subject}>
          <bdi>{subject}</bdi>
          {last_error !== null && (
            <span className={styles.error} dir="auto">
              {last_error}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'status',
      title: t('state'),
      cell: ({ status }) => <Tag tone={TONES[status]}>{t(`status.${status}`)}</Tag>,
    },
    { id: 'created', title: t('created'), cell: (mail) => <TimeText value={mail.created_at} /> },
  ];
  if (mayOpen) {
    columns.push({
      id: 'actions',
      title: t('actions'),
      cell: (mail) => (
        <Buttons>
          {mail.status === 'captured' && (
            <Button
              size="small"
              aria-label={`${t('read')}: ${mail.subject}`}
              onClick={() => {
                ask({ to: 'read', mail });
              }}
            >
              {t('read')}
            </Button>
          )}
          {hasServer && (mail.status === 'captured' || mail.status === 'failed') && (
            <Button
              size="small"
              aria-label={t('send.title', { to: mail.recipient })}
              onClick={() => {
                ask({ to: 'send', mail });
              }}
            >
              {t('send.button')}
            </Button>
          )}
        </Buttons>
      ),
    });
  }
  return columns;
}

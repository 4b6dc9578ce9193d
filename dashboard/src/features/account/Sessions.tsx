/** Where one is signed in, and the way to end it. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';

import { browserName } from './browserName';

function sessionsQuery(api: Api) {
  return queryOptions({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/auth/sessions', { signal })),
  });
}

export function Sessions() {
  const { t } = useTranslation('account');
  const api = useApi();
  const queryClient = useQueryClient();
  const query = useQuery(sessionsQuery(api));
  const renew = () => queryClient.invalidateQueries({ queryKey: ['sessions'] });
  const end = useMutation({
    mutationFn: (sessionId: string) =>
      answer(
        api.DELETE('/api/v1/auth/sessions/{session_id}', {
          params: { path: { session_id: sessionId } },
        }),
      ),
    onSettled: renew,
  });
  const endOthers = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/auth/sessions')),
    onSettled: renew,
  });
  const error = query.error ?? end.error ?? endOthers.error;
  return (
    <Section
      flush
      title={t('sessions.title')}
      aside={
        (query.data?.items.length ?? 0) > 1 && (
          <Button
            size="small"
            danger
            loading={endOthers.isPending}
            onClick={() => {
              endOthers.mutate();
            }}
          >
            {t('sessions.endOthers')}
          </Button>
        )
      }
    >
      {error !== null && <ErrorPanel compact error={error} />}
      {query.isPending && <Skeleton />}
      {query.data !== undefined && (
        <Rows
          caption={t('sessions.title')}
          rows={query.data.items}
          rowKey={(session) => session.id}
          columns={[
            {
              id: 'user_agent',
              title: t('sessions.browser'),
              cell: (session) => (
                <span title={session.user_agent}>
                  <bdi>{browserName(session.user_agent) ?? t('sessions.unknown')}</bdi>{' '}
                  {session.current && <Tag tone="good">{t('sessions.current')}</Tag>}
                </span>
              ),
            },
            {
              id: 'client_address',
              title: t('sessions.address'),
              cell: (session) => <code>{session.client_address}</code>,
            },
            {
              id: 'last_used_at',
              title: t('sessions.lastUsed'),
              cell: (session) => <TimeText value={session.last_used_at} />,
            },
            {
              id: 'end',
              title: t('sessions.action'),
              cell: (session) =>
                session.current ? null : (
                  <Button
                    size="small"
                    loading={end.isPending && end.variables === session.id}
                    onClick={() => {
                      end.mutate(session.id);
                    }}
                  >
                    {t('sessions.end')}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}

import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';

import type { MailSearch } from './search';

export type Mail = components['schemas']['MailOut'];

const EACH = 50;
/** Nothing tells of mails as they go, so they are asked for again. */
export const RENEW_MS = 5_000;

export function mailsQuery(api: Api, { status, search }: MailSearch) {
  return infiniteQueryOptions({
    queryKey: ['mails', 'list', { status, search }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/admin/mails', {
          signal,
          params: {
            query: {
              limit: EACH,
              cursor: pageParam,
              ...(status === undefined ? {} : { status }),
              ...(search === undefined ? {} : { search }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
  });
}

/** The text of a captured mail. Each reading is on the audit trail, so it is not renewed. */
export function mailQuery(api: Api, mailId: string) {
  return queryOptions({
    queryKey: ['mails', 'one', mailId],
    queryFn: ({ signal }) =>
      answer(api.GET('/admin/mails/{mail_id}', { signal, params: { path: { mail_id: mailId } } })),
    staleTime: Infinity,
  });
}

export function useSendMail(mailId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.POST('/admin/mails/{mail_id}/send', { params: { path: { mail_id: mailId } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['mails', 'list'] }),
  });
}

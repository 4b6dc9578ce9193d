/** What the alert pages read and change: a tenant's own, or for staff the platform's. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';

import { answer } from '@/api/client';
import type { Api } from '@/api/client';
import { useApi } from '@/api/context';
import { idempotencyKeys } from '@/api/keys';
import type { components } from '@/api/schema.gen';
import { useLanguage } from '@/i18n/language';
import type { LanguageCode } from '@/i18n/languages';
import { useMe } from '@/session/context';

import type { AlertsSearch } from './search';

export type Alert = components['schemas']['AlertOut'];
export type Rule = components['schemas']['AlertRuleOut'];
export type RuleIn = components['schemas']['AlertRuleIn'];
export type RuleChange = components['schemas']['AlertRuleChange'];
export type Kind = components['schemas']['AlertKindOut'];
export type Notification = components['schemas']['NotificationOut'];

/** Whose alerts, and in which language their sentences are. */
export interface Place {
  isStaff: boolean;
  language: LanguageCode;
}

export function usePlace(): Place {
  return { isStaff: useMe().kind === 'staff', language: useLanguage().code };
}

/** The server writes the sentences: in the language the page is shown in, not the browser's. */
function inLanguage(language: LanguageCode) {
  return { 'Accept-Language': language };
}

const EACH = 50;
const ALERTS = { news: ['alert.*', 'alert_rule.*'] };

export function alertsQuery(api: Api, { isStaff, language }: Place, { status }: AlertsSearch) {
  return infiniteQueryOptions({
    queryKey: ['alerts', 'list', { isStaff, language, status }],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        limit: EACH,
        cursor: pageParam,
        ...(status === undefined ? {} : { status }),
      };
      const init = { signal, params: { query }, headers: inLanguage(language) };
      return answer(
        isStaff ? api.GET('/admin/alerts', init) : api.GET('/api/v1/alerts', init),
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    meta: ALERTS,
  });
}

export function rulesQuery(api: Api, { isStaff, language }: Place) {
  return queryOptions({
    queryKey: ['alerts', 'rules', { isStaff, language }],
    queryFn: ({ signal }) => {
      const init = { signal, headers: inLanguage(language) };
      return answer(
        isStaff ? api.GET('/admin/alerts/rules', init) : api.GET('/api/v1/alerts/rules', init),
      );
    },
    meta: ALERTS,
  });
}

export function kindsQuery(api: Api, { isStaff, language }: Place) {
  return queryOptions({
    queryKey: ['alerts', 'kinds', { isStaff, language }],
    queryFn: ({ signal }) => {
      const init = { signal, headers: inLanguage(language) };
      return answer(
        isStaff ? api.GET('/admin/alerts/kinds', init) : api.GET('/api/v1/alerts/kinds', init),
      );
    },
    staleTime: Infinity,
  });
}

export function unreadQuery(api: Api, isStaff: boolean) {
  return queryOptions({
    queryKey: ['notifications', 'unread', isStaff],
    queryFn: ({ signal }) =>
      answer(
        isStaff
          ? api.GET('/admin/notifications/unread', { signal })
          : api.GET('/api/v1/notifications/unread', { signal }),
      ),
    meta: { news: ['notification.*'] },
  });
}

export function notificationsQuery(api: Api, { isStaff, language }: Place) {
  return queryOptions({
    queryKey: ['notifications', 'list', { isStaff, language }],
    queryFn: ({ signal }) => {
      const init = { signal, params: { query: { limit: 20 } }, headers: inLanguage(language) };
      return answer(
        isStaff ? api.GET('/admin/notifications', init) : api.GET('/api/v1/notifications', init),
      );
    },
    meta: { news: ['notification.*'] },
  });
}

export function useReadAll() {
  const api = useApi();
  const { isStaff } = usePlace();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        isStaff
          ? api.POST('/admin/notifications/read')
          : api.POST('/api/v1/notifications/read'),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['notifications'] }),
  });
}

function useRenewAlerts(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['alerts'] });
}

export function useAcknowledge() {
  const api = useApi();
  const { isStaff } = usePlace();
  return useMutation({
    mutationFn: (alert_id: string) => {
      const init = { params: { path: { alert_id } } };
      return answer(
        isStaff
          ? api.POST('/admin/alerts/{alert_id}/acknowledge', init)
          : api.POST('/api/v1/alerts/{alert_id}/acknowledge', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

export function useMute(alert_id: string) {
  const api = useApi();
  const { isStaff } = usePlace();
  return useMutation({
    mutationFn: (minutes: number) => {
      const init = { params: { path: { alert_id } }, body: { minutes } };
      return answer(
        isStaff
          ? api.POST('/admin/alerts/{alert_id}/mute', init)
          : api.POST('/api/v1/alerts/{alert_id}/mute', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

export function useUnmute() {
  const api = useApi();
  const { isStaff } = usePlace();
  return useMutation({
    mutationFn: (alert_id: string) => {
      const init = { params: { path: { alert_id } } };
      return answer(
        isStaff
          ? api.POST('/admin/alerts/{alert_id}/unmute', init)
          : api.POST('/api/v1/alerts/{alert_id}/unmute', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

export function useAddRule() {
  const api = useApi();
  const { isStaff } = usePlace();
  const [keyOf] = useState(idempotencyKeys);
  return useMutation({
    mutationFn: (body: RuleIn) => {
      const init = { body, headers: { 'Idempotency-Key': keyOf(body) } };
      return answer(
        isStaff
          ? api.POST('/admin/alerts/rules', init)
          : api.POST('/api/v1/alerts/rules', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

export function useChangeRule(rule_id: string) {
  const api = useApi();
  const { isStaff } = usePlace();
  return useMutation({
    mutationFn: (body: RuleChange) => {
      const init = { params: { path: { rule_id } }, body };
      return answer(
        isStaff
          ? api.PUT('/admin/alerts/rules/{rule_id}', init)
          : api.PUT('/api/v1/alerts/rules/{rule_id}', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

export function useRemoveRule(rule_id: string) {
  const api = useApi();
  const { isStaff } = usePlace();
  return useMutation({
    mutationFn: () => {
      const init = { params: { path: { rule_id } } };
      return answer(
        isStaff
          ? api.DELETE('/admin/alerts/rules/{rule_id}', init)
          : api.DELETE('/api/v1/alerts/rules/{rule_id}', init),
      );
    },
    onSettled: useRenewAlerts(),
  });
}

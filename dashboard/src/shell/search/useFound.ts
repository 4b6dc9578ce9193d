/** What the search finds: pages, tenants, people, and the request with a correlation id. */
import { useQuery } from '@tanstack/react-query';
import type { NavigateOptions } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { requestLines } from '@/features/logs/queries';
import { useMay, useMe } from '@/session/context';

import { pagesOf } from '../navigation';

export type Group = 'pages' | 'tenants' | 'people' | 'requests';

export interface Found {
  key: string;
  group: Group;
  title: string;
  detail: string;
  /** Where it leads. */
  to: NavigateOptions;
}

interface Finding {
  found: readonly Found[];
  isSearching: boolean;
  error: Error | null;
}

const EACH = 6;
/** The platform is asked when the person stops typing for that long, not at every letter. */
const TYPING_MS = 250;
/** Ids are letters, digits and dashes, and longer than what one types to find a name. */
const CORRELATION_ID = /^(?=.*\d)[\w-]{16,128}$/;

export function useFound(typed: string): Finding {
  const { t } = useTranslation('shell');
  const api = useApi();
  const me = useMe();
  const isAllowed = useMay();
  const text = useDeferredValue(typed.trim());
  const wanted = useSettled(text);
  const isStaff = me.kind === 'staff';
  const common = { staleTime: 30_000, placeholderData: <Data,>(before: Data) => before } as const;

  const tenants = useQuery({
    ...common,
    queryKey: ['search', 'tenants', wanted],
    enabled: isStaff && wanted.length > 1 && isAllowed('tenants:read'),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/admin/tenants', { signal, params: { query: { search: wanted, limit: EACH } } }),
      ),
  });
  const people = useQuery({
    ...common,
    queryKey: ['search', 'people', wanted],
    enabled: isStaff && wanted.length > 1 && isAllowed('users:read'),
    queryFn: ({ signal }) =>
      answer(api.GET('/admin/users', { signal, params: { query: { search: wanted, limit: EACH } } })),
  });
  const requests = useQuery({
    ...common,
    queryKey: ['search', 'requests', wanted],
    enabled: isStaff && CORRELATION_ID.test(wanted) && isAllowed('logs:read'),
    queryFn: ({ signal }) => requestLines(api, wanted, EACH, signal),
  });

  const matching = (words: string) => words.toLocaleLowerCase().includes(text.toLocaleLowerCase());
  const asked = text.length > 1;
  const found: Found[] = [
    ...pagesOf(me)
      .map(({ to, name }) => ({ to, title: t(`pages.${name}`) }))
      .filter(({ title }) => matching(title))
      .map(({ to, title }) => ({
        key: `page ${to}`,
        group: 'pages' as const,
        title,
        detail: '',
        to: { to },
      })),
    ...(asked ? (tenants.data?.items ?? []) : []).map((tenant) => ({
      key: `tenant ${tenant.id}`,
      group: 'tenants' as const,
      title: tenant.name,
      detail: tenant.slug,
      to: { to: '/tenants/$tenantId', params: { tenantId: tenant.id } } as const,
    })),
    ...(asked ? (people.data?.items ?? []) : []).map((person) => ({
      key: `person ${person.id}`,
      group: 'people' as const,
      title: person.full_name,
      detail: person.email,
      to: { to: '/people', search: { search: person.email } } as const,
    })),
    ...(asked ? (requests.data?.items ?? []) : []).map((line) => ({
      key: `request ${line.id}`,
      group: 'requests' as const,
      title: `${line.method} ${line.route}`,
      detail: `${line.status} · ${line.occurred_at}`,
      to: {
        to: '/logs/usage/$correlationId',
        params: { correlationId: line.correlation_id },
      } as const,
    })),
  ];
  const queries = [tenants, people, requests];
  return {
    found,
    isSearching: wanted !== text || queries.some((query) => query.isFetching),
    error: queries.find((query) => query.error !== null)?.error ?? null,
  };
}

/** `value` once it has stayed the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(value);
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [value]);
  return settled;
}

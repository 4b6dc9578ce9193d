import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Freshness } from '@/ui/Freshness';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';

import { jobCountsQuery } from '../jobs/queries';
import { nameOfPart } from './Attention';
import { healthQuery } from './queries';
import type { Platform } from './queries';

interface Part {
  id: string;
  name: string;
  isWell: boolean;
  version: string | null;
  latency: number | null;
  detail: ReactNode;
}

const RENEW_MS = 30_000;

/** The parts the platform stands on, whether they answer, and what they hold. */
export function PlatformHealth({ platform }: { platform: Partial<Platform> | undefined }) {
  const { t } = useTranslation('overview');
  const { duration } = useNumbers();
  const health = useQuery({ ...healthQuery(), refetchInterval: RENEW_MS });
  const parts = useParts(health.data, platform);
  return (
    <Section
      flush
      title={
        health.data === undefined
          ? t('health.title')
          : t('health.titleOf', { version: health.data.version })
      }
      aside={
        <Freshness
          asOf={health.dataUpdatedAt || null}
          liveness={health.isError ? 'failing' : 'polling'}
        />
      }
    >
      {health.data === undefined ? (
        health.isError ? (
          <ErrorPanel error={health.error} onRetry={() => void health.refetch()} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : (
        <Rows
          caption={t('health.title')}
          rows={parts}
          rowKey={(part) => part.id}
          columns={[
            { id: 'name', title: t('health.part'), cell: (part) => part.name },
            {
              id: 'state',
              title: t('health.state'),
              cell: (part) => (
                <Tag tone={part.isWell ? 'good' : 'bad'}>
                  {part.isWell ? t('health.ok') : t('health.failing')}
                </Tag>
              ),
            },
            {
              id: 'version',
              title: t('health.version'),
              cell: (part) => part.version !== null && <code>{part.version}</code>,
            },
            {
              id: 'latency',
              title: t('health.latency'),
              numeric: true,
              cell: (part) => part.latency !== null && duration(part.latency),
            },
            { id: 'detail', title: t('health.detail'), cell: (part) => part.detail },
          ]}
        />
      )}
    </Section>
  );
}

function useParts(
  health: { checks?: Record<string, { status: string; version?: string | null; latency_ms?: number | null; problem?: string | null }> } | undefined,
  platform: Partial<Platform> | undefined,
): readonly Part[] {
  const { t } = useTranslation('overview');
  const { bytes, count } = useNumbers();
  const mayJobs = useMay()('jobs:read');
  const jobs = useQuery({
    ...jobCountsQuery(useApi()),
    refetchInterval: RENEW_MS,
    enabled: mayJobs,
  });
  const { database, redis, storage_bytes: stored } = platform ?? {};
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const [size, connections, most] = [
    number(database?.size_bytes),
    number(database?.connections),
    number(database?.max_connections),
  ];
  const memory = number(redis?.used_memory_bytes);
  const details: Record<string, string | null> = {
    database:
      size === null || connections === null || most === null
        ? null
        : t('health.database', {
            size: bytes(size),
            connections: count(connections),
            most: count(most),
          }),
    redis: memory === null ? null : t('health.redis', { size: bytes(memory) }),
    disk: stored === undefined ? null : t('health.stored', { size: bytes(stored) }),
  };
  const parts: Part[] = Object.entries(health?.checks ?? {}).map(([part, check]) => ({
    id: part,
    name: nameOfPart(t, part),
    isWell: check.status === 'ok',
    version: check.version ?? null,
    latency: check.latency_ms ?? null,
    detail: check.problem == null ? details[part] : <span dir="auto">{check.problem}</span>,
  }));
  if (jobs.data !== undefined) {
    const { workers, todo, doing } = jobs.data;
    parts.push({
      id: 'jobs',
      name: t('health.parts.jobs'),
      isWell: workers > 0,
      version: null,
      latency: null,
      detail: (
        <Link to="/jobs">
          {t('health.jobs', { count: workers, waiting: count(todo), running: count(doing) })}
        </Link>
      ),
    });
  }
  return parts;
}

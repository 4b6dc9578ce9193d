/** One record as its source has it now and as the lake holds it, field by field. */
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Notice } from '@/ui/Notice';
import { Skeleton } from '@/ui/Skeleton';
import { TimeText } from '@/ui/TimeText';
import { Tick } from '@/ui/form/fields';

import { lakeRecordQuery } from '../lake/queries';
import type { Difference } from './queries';
import styles from './sync.module.css';

interface CompareDialogProps {
  connectionId: string;
  connector: string;
  difference: Difference;
  onClose: () => void;
}

export function CompareDialog(props: CompareDialogProps) {
  const { connectionId, connector, difference, onClose } = props;
  const { entity, key } = difference;
  const { t } = useTranslation('sync');
  const api = useApi();
  const [all, setAll] = useState(false);
  const copy = useQuery({
    ...lakeRecordQuery(api, entity, key, connectionId),
    retry: false,
  });
  const held = copy.data?.data as Record<string, unknown> | undefined;
  const isOdoo = connector === 'odoo' && /^\d+$/.test(key);
  const source = useQuery({
    queryKey: ['sync', 'source', connectionId, entity, key, Object.keys(held ?? {})],
    queryFn: async ({ signal }) => {
      const { result } = await answer(
        api.POST('/api/v1/odoo/read', {
          signal,
          body: {
            model: entity,
            ids: [Number(key)],
            fields: held === undefined ? null : Object.keys(held),
            connection: connectionId,
            context: null,
            fresh: true,
          },
        }),
      );
      const [found] = Array.isArray(result) ? (result as Record<string, unknown>[]) : [];
      return found ?? null;
    },
    enabled: isOdoo && !copy.isPending,
    retry: false,
  });
  const theirs = source.data ?? undefined;
  const names = [...new Set([...Object.keys(theirs ?? {}), ...Object.keys(held ?? {})])].sort();
  const differ = names.filter((name) => written(theirs?.[name]) !== written(held?.[name]));
  const isMissing = isProblem(copy.error, 404);
  const isGone = source.data === null || isProblem(source.error, 404);
  const shown = all ? names : differ;
  return (
    <Dialog wide title={`${entity} ${key}`} onCancel={onClose}>
      <p className={styles.soft}>{t(`difference.hint.${difference.kind}`)}</p>
      {copy.isError && !isMissing && <ErrorPanel compact error={copy.error} />}
      {source.isError && !isGone && <ErrorPanel compact error={source.error} />}
      {!isOdoo && <Notice title={t('sides.onlyOdoo')} />}
      {copy.isPending || source.isLoading ? (
        <Skeleton lines={6} />
      ) : (
        <>
          {copy.data !== undefined && (
            <p>
              {t('sides.stored')} <TimeText value={copy.data.last_aggregated} />
            </p>
          )}
          {isMissing && <p>{t('sides.notInLake')}</p>}
          {isGone && <p>{t('sides.notInSource')}</p>}
          {theirs !== undefined && held !== undefined && differ.length === 0 && (
            <p role="status">{t('sides.same')}</p>
          )}
          {names.length > differ.length && (
            <p>
              <Tick value={all} onChange={setAll}>
                {t('sides.all')}
              </Tick>
            </p>
          )}
          {shown.length > 0 && (
            <div className={styles.sides} tabIndex={0} role="region" aria-label={t('sides.title')}>
              <div className={styles.sidesHead}>{t('sides.field')}</div>
              <div className={styles.sidesHead}>{t('sides.source')}</div>
              <div className={styles.sidesHead}>{t('sides.lake')}</div>
              {shown.map((name) => {
                const className = differ.includes(name) ? styles.changed : undefined;
                return (
                  <Fragment key={name}>
                    <code className={className}>{name}</code>
                    <div className={className} dir="auto">
                      {theirs === undefined ? '–' : written(theirs[name])}
                    </div>
                    <div className={className} dir="auto">
                      {held === undefined ? '–' : written(held[name])}
                    </div>
                  </Fragment>
                );
              })}
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}

function isProblem(error: unknown, status: number): boolean {
  return error instanceof ProblemError && error.status === status;
}

function written(value: unknown): string {
  return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}

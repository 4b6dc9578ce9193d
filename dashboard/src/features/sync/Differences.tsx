/** The records a report found to differ, each with both its sides, and their repair. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';
import { FeedTable } from '@/ui/table/FeedTable';
import { Tag } from '@/ui/Tag';
import { TimeText } from '@/ui/TimeText';
import { useToasts } from '@/ui/toasts';

import { useRepair } from './changes';
import { CompareDialog } from './CompareDialog';
import { EntityName } from './EntityName';
import { differencesQuery, entitiesOf } from './queries';
import type { Difference, Report } from './queries';

export const KINDS = { missing: 'warn', extra: 'info', different: 'bad' } as const;

export interface DifferencesProps {
  report: Report;
  /** Names of models, as people know them. */
  titles: ReadonlyMap<string, string>;
  connector: string;
  /** Only those of this model. */
  entity: string | undefined;
  onEntity: (entity: string | undefined) => void;
}

export function Differences(props: DifferencesProps) {
  const { report, titles, connector, entity, onEntity } = props;
  const { t } = useTranslation('sync');
  const isAllowed = useMay();
  const toasts = useToasts();
  const [open, setOpen] = useState<Difference>();
  const query = useInfiniteQuery(differencesQuery(useApi(), report.id, entity));
  const repair = useRepair(report.connection_id);
  const affected = entitiesOf(report).filter(
    ([, one]) => (one.missing ?? 0) + (one.extra ?? 0) + (one.different ?? 0) > 0,
  );
  return (
    <Section
      flush
      title={t('differences')}
      aside={
        <>
          <Choice
            label={t('fields.entity')}
            value={entity ?? ''}
            options={[
              { value: '', label: t('anyEntity') },
              ...affected.map(([name]) => ({ value: name, label: titles.get(name) ?? name })),
            ]}
            onChange={(value) => {
              onEntity(value === '' ? undefined : value);
            }}
          />
          {isAllowed('sync:write') && report.unrepaired > 0 && (
            <Button
              type="primary"
              size="small"
              loading={repair.isPending}
              onClick={() => {
                repair.mutate(
                  { report_id: report.id },
                  {
                    onSuccess: () => {
                      toasts.success(t('repairing'));
                    },
                    onError: (error) => {
                      toasts.failure(t('notDone'), error);
                    },
                  },
                );
              }}
            >
              {t('repair', { count: report.unrepaired })}
            </Button>
          )}
        </>
      }
    >
      <FeedTable
        caption={t('differences')}
        query={query}
        rowKey={(one) => `${one.entity}/${one.key}`}
        empty={<EmptyState title={t('noDifferences')} hint={t('noDifferencesHint')} />}
        columns={[
          {
            id: 'record',
            title: t('fields.record'),
            cell: (one) => (
              <EntityName entity={one.entity} title={titles.get(one.entity)} record={one.key} />
            ),
          },
          {
            id: 'kind',
            title: t('fields.kind'),
            cell: (one) => <Tag tone={KINDS[one.kind]}>{t(`difference.${one.kind}`)}</Tag>,
          },
          {
            id: 'repaired',
            title: t('fields.repaired'),
            cell: (one) =>
              one.repaired_at === null ? t('notRepaired') : <TimeText value={one.repaired_at} />,
          },
          {
            id: 'actions',
            title: t('fields.actions'),
            cell: (one) => (
              <Button
                size="small"
                aria-label={t('sides.of', { record: `${one.entity} ${one.key}` })}
                onClick={() => {
                  setOpen(one);
                }}
              >
                {t('sides.open')}
              </Button>
            ),
          },
        ]}
      />
      {open !== undefined && (
        <CompareDialog
          connectionId={report.connection_id}
          connector={connector}
          difference={open}
          onClose={() => {
            setOpen(undefined);
          }}
        />
      )}
    </Section>
  );
}

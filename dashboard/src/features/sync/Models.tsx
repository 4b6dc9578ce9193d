/** What of a source is copied: its models in groups, ticked or not, with their fields. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';
import { SearchText } from '@/ui/table/SearchText';
import { Tag } from '@/ui/Tag';
import { useToasts } from '@/ui/toasts';
import { Tick } from '@/ui/form/fields';

import { useChangePlan } from './changes';
import { FieldsDialog } from './FieldsDialog';
import { Pace } from './Pace';
import { discoveryQuery, planQuery } from './queries';
import type { FoundEntity, Plan } from './queries';
import styles from './sync.module.css';
import { EntityTag } from './Tags';

/** The chosen models with their fields; null: the usual ones. */
type Chosen = ReadonlyMap<string, readonly string[] | null>;

export function Models({ connectionId }: { connectionId: string }) {
  const api = useApi();
  const query = useQuery(planQuery(api, connectionId));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return (
    <Stack>
      <Picker plan={query.data} />
      <Pace plan={query.data} />
    </Stack>
  );
}

function chosenOf(plan: Plan): Chosen {
  return new Map(
    plan.entities
      .filter(({ is_enabled }) => is_enabled)
      .map(({ entity, fields }) => [entity, fields]),
  );
}

function isSame(one: Chosen, other: Chosen): boolean {
  return (
    one.size === other.size &&
    [...one].every(
      ([name, fields]) =>
        other.has(name) && JSON.stringify(other.get(name)) === JSON.stringify(fields),
    )
  );
}

function Picker({ plan }: { plan: Plan }) {
  const { t } = useTranslation('sync');
  const isAllowed = useMay();
  const toasts = useToasts();
  const found = useQuery(discoveryQuery(useApi(), plan.connection_id));
  const change = useChangePlan(plan.connection_id);
  const [own, setOwn] = useState<Chosen>();
  const [text, setText] = useState('');
  const [open, setOpen] = useState<FoundEntity>();
  const stored = chosenOf(plan);
  const chosen = own ?? stored;
  const mayWrite = isAllowed('sync:write');
  const isChanged = !isSame(chosen, stored);
  const set = (entity: string, fields: readonly string[] | null | undefined) => {
    const next = new Map(chosen);
    if (fields === undefined) {
      next.delete(entity);
    } else {
      next.set(entity, fields);
    }
    setOwn(next);
  };
  const wanted = text.toLocaleLowerCase();
  const groups = (found.data?.groups ?? groupsOf(plan))
    .map(({ group, entities }) => ({
      group,
      entities: entities.filter(({ entity, title }) =>
        `${entity} ${title} ${group}`.toLocaleLowerCase().includes(wanted),
      ),
    }))
    .filter(({ entities }) => entities.length > 0)
    // what is copied comes before what could be
    .sort(
      (one, other) =>
        Number(other.entities.some(({ entity }) => stored.has(entity))) -
        Number(one.entities.some(({ entity }) => stored.has(entity))),
    );
  return (
    <>
      <Section
        title={t('models.title')}
        aside={
          <Button
            size="small"
            loading={found.isFetching}
            onClick={() => {
              void found.refetch();
            }}
          >
            {t('models.discover')}
          </Button>
        }
      >
        <Stack>
          <p className={styles.soft}>{t('models.hint')}</p>
          {found.isError && (
            <ErrorPanel compact error={found.error} onRetry={() => void found.refetch()} />
          )}
          <SearchText label={t('models.search')} value={text} onChange={setText} />
          {found.isPending && <Skeleton lines={4} />}
          {!found.isPending && groups.length === 0 && <p>{t('models.none')}</p>}
          <div className={styles.groups}>
            {groups.map(({ group, entities }) => (
              <fieldset key={group} className={styles.group}>
                <legend dir="auto">{group}</legend>
                <div className={styles.models}>
                  {entities.map((entity) => (
                    <Model
                      key={entity.entity}
                      entity={entity}
                      plan={plan}
                      fields={chosen.get(entity.entity)}
                      mayWrite={mayWrite}
                      onChange={(fields) => {
                        set(entity.entity, fields);
                      }}
                      onFields={() => {
                        setOpen(entity);
                      }}
                    />
                  ))}
                </div>
              </fieldset>
            ))}
          </div>
        </Stack>
      </Section>
      {isChanged && mayWrite && (
        <div className={styles.sticky}>
          <span role="status">
            {t('models.chosen', { count: chosen.size })}
            {removed(stored, chosen) > 0 && (
              <> · {t('models.removed', { count: removed(stored, chosen) })}</>
            )}
          </span>
          <span className={styles.bar}>
            <Button
              onClick={() => {
                setOwn(undefined);
              }}
            >
              {t('models.undo')}
            </Button>
            <Button
              type="primary"
              loading={change.isPending}
              onClick={() => {
                change.mutate(
                  {
                    entities: [...chosen].map(([entity, fields]) => ({
                      entity,
                      is_enabled: true,
                      fields: fields === null ? null : [...fields],
                    })),
                  },
                  {
                    onSuccess: () => {
                      setOwn(undefined);
                      toasts.success(t('models.saved'));
                    },
                  },
                );
              }}
            >
              {t('models.save')}
            </Button>
          </span>
          {change.isError && <ErrorPanel compact error={change.error} />}
        </div>
      )}
      {open !== undefined && (
        <FieldsDialog
          connectionId={plan.connection_id}
          entity={open}
          fields={chosen.get(open.entity) ?? null}
          mayWrite={mayWrite}
          onCancel={() => {
            setOpen(undefined);
          }}
          onChoose={(fields) => {
            set(open.entity, fields);
            setOpen(undefined);
          }}
        />
      )}
    </>
  );
}

function removed(stored: Chosen, chosen: Chosen): number {
  return [...stored.keys()].filter((name) => !chosen.has(name)).length;
}

/** What is planned, while the source does not answer. */
function groupsOf(plan: Plan): { group: string; entities: FoundEntity[] }[] {
  const groups = new Map<string, FoundEntity[]>();
  for (const { entity, title, group, is_enabled } of plan.entities) {
    const entities = groups.get(group) ?? [];
    entities.push({
      entity,
      title: title || entity,
      group,
      planned: is_enabled,
      incremental: true,
      finds_deletions: true,
      fields: [],
    });
    groups.set(group, entities);
  }
  return [...groups].map(([group, entities]) => ({ group, entities }));
}

interface ModelProps {
  entity: FoundEntity;
  plan: Plan;
  /** Undefined: not copied; null: its usual fields. */
  fields: readonly string[] | null | undefined;
  mayWrite: boolean;
  onChange: (fields: null | undefined) => void;
  onFields: () => void;
}

function Model({ entity, plan, fields, mayWrite, onChange, onFields }: ModelProps) {
  const { t } = useTranslation('sync');
  const { count } = useNumbers();
  const planned = plan.entities.find((one) => one.entity === entity.entity);
  const isOn = fields !== undefined;
  const taken = fields == null ? t('models.usual') : t('models.fields', { count: fields.length });
  return (
    <div className={styles.model} data-on={isOn}>
      <Tick
        value={isOn}
        disabled={!mayWrite}
        onChange={(value) => {
          onChange(value ? null : undefined);
        }}
      >
        <span className={styles.modelName}>
          <bdi>{entity.title}</bdi>
          <code>{entity.entity}</code>
          <span className={styles.marks}>
            {planned !== undefined && isOn && planned.is_enabled && planned.state !== 'ok' && (
              <EntityTag state={planned.state} />
            )}
            {planned !== undefined && planned.drift.length > 0 && isOn && (
              <Tag tone="warn">{t('models.drifted')}</Tag>
            )}
            {!entity.incremental && <Tag>{t('models.whole')}</Tag>}
            {isOn && planned?.records != null && (
              <span className={styles.soft}>
                {t('models.records', { records: count(planned.records) })}
              </span>
            )}
          </span>
        </span>
      </Tick>
      {isOn && (
        <Button
          size="small"
          aria-label={t('models.fieldsOf', { fields: taken, title: entity.title })}
          onClick={onFields}
          style={{ marginInlineStart: 'auto' }}
        >
          {taken}
        </Button>
      )}
    </div>
  );
}

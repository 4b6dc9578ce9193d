/** What is wrong with a copy, and what to do about each of it. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { Notice } from '@/ui/Notice';
import { Stack } from '@/ui/Stack';
import { TimeText } from '@/ui/TimeText';

import type { Plan, PlannedEntity, Standing } from './queries';
import styles from './sync.module.css';

const TROUBLED = ['failing', 'denied', 'missing'] as const;
type Troubled = (typeof TROUBLED)[number];

export function Trouble({ standing, plan }: { standing: Standing; plan: Plan | undefined }) {
  const { t, i18n } = useTranslation('sync');
  const { count } = useNumbers();
  const entities = (plan?.entities ?? []).filter(({ is_enabled }) => is_enabled);
  const asking = entities.filter(({ deletes }) => deletes !== null && deletes.decision == null);
  const drifted = entities.filter(({ drift }) => drift.length > 0);
  const connectionId = standing.connection_id;
  return (
    <Stack>
      {(standing.state === 'failing' || standing.state === 'needs_person') && (
        <Notice tone="bad" title={t(`trouble.${standing.state}`)}>
          {standing.failing_since !== null && (
            <p>
              {t('trouble.since')} <TimeText value={standing.failing_since} />
              {' · '}
              {t('trouble.tries', { count: standing.failures })}
              {standing.next_run_at !== null && standing.state === 'failing' && (
                <>
                  {' · '}
                  {t('trouble.next')} <TimeText value={standing.next_run_at} />
                </>
              )}
            </p>
          )}
          {/* the platform's own advice, below, is in English */}
          {i18n.language !== 'en' && <p>{t(`trouble.hint.${standing.state}`)}</p>}
          <Said error={standing.error} whatToDo={standing.what_to_do} />
          {standing.state === 'needs_person' && (
            <Link
              to="/connections/$connectionId"
              params={{ connectionId }}
              search={{ tab: 'settings' }}
            >
              {t('trouble.toSettings')}
            </Link>
          )}
        </Notice>
      )}
      {entities.flatMap((entity) => {
        const state = TROUBLED.find((one) => one === entity.state);
        // what concerns the whole source was said once
        return state === undefined ||
          standing.state === 'needs_person' ||
          entity.error === standing.error
          ? []
          : [<OfEntity key={entity.entity} entity={entity} state={state} id={connectionId} />];
      })}
      {asking.map(({ entity, title, deletes }) => (
        <Notice
          key={entity}
          title={t('trouble.deletes', { title: title || entity, count: deletes?.count ?? 0 })}
        >
          <p>
            {t('trouble.deletesHint', {
              records: count(deletes?.count ?? 0),
              of: count(deletes?.of ?? 0),
            })}
          </p>
          <Link
            to="/connections/$connectionId"
            params={{ connectionId }}
            search={{ tab: 'waiting' }}
          >
            {t('trouble.decide')}
          </Link>
        </Notice>
      ))}
      {drifted.map(({ entity, title, drift }) => (
        <Notice key={entity} title={t('trouble.drift', { title: title || entity })}>
          <ul className={styles.plain}>
            {drift.map(({ field, kind, to, what_to_do }) => (
              <li key={field}>
                <code>{field}</code>
                {to != null && (
                  <>
                    {' → '}
                    <code>{to}</code>
                  </>
                )}{' '}
                {t(`drift.${kind}`)}{' '}
                <span className={styles.soft} dir="auto">
                  {what_to_do}
                </span>
              </li>
            ))}
          </ul>
          <Link
            to="/connections/$connectionId"
            params={{ connectionId }}
            search={{ tab: 'models' }}
          >
            {t('trouble.toModels')}
          </Link>
        </Notice>
      ))}
      {standing.set_aside > 0 && (
        <Notice title={t('trouble.aside', { count: standing.set_aside })}>
          <p>{t('trouble.asideHint')}</p>
          <Link
            to="/connections/$connectionId"
            params={{ connectionId }}
            search={{ tab: 'waiting' }}
          >
            {t('trouble.toAside')}
          </Link>
        </Notice>
      )}
    </Stack>
  );
}

function OfEntity(props: { entity: PlannedEntity; state: Troubled; id: string }) {
  const { t } = useTranslation('sync');
  const { entity, error, title, what_to_do, retry_at } = props.entity;
  return (
    <Notice tone="bad" title={t(`trouble.entity.${props.state}`, { title: title || entity })}>
      <p>{t(`trouble.entityHint.${props.state}`)}</p>
      {/* of the others the words above say the same in the person's language */}
      <Said error={error} whatToDo={props.state === 'failing' ? what_to_do : null} />
      {retry_at !== null && (
        <p>
          {t('trouble.next')} <TimeText value={retry_at} />
        </p>
      )}
      <Link
        to="/connections/$connectionId"
        params={{ connectionId: props.id }}
        search={{ tab: 'models' }}
      >
        {t('trouble.toModels')}
      </Link>
    </Notice>
  );
}

/** The words of the source and of the platform, as they came. */
export function Said({ error, whatToDo }: { error: string | null; whatToDo: string | null }) {
  return (
    <>
      {error !== null && (
        <p dir="auto">
          <code className={styles.said}>{error}</code>
        </p>
      )}
      {whatToDo !== null && (
        <p dir="auto" className={styles.soft}>
          {whatToDo}
        </p>
      )}
    </>
  );
}

/** A period in figures: what was saved first, then how much ran and how well. */
import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { Change } from '@/ui/Change';
import { Figure, Figures } from '@/ui/Figure';

import { useAmounts } from './amounts';
import styles from './automation.module.css';
import type { ClientMetrics } from './queries';
import { useSpan } from './span';

/** A rate that moves by less is the same. */
const NEWS_POINTS = 0.005;

export function Summary({ metrics }: { metrics: ClientMetrics }) {
  const { t } = useTranslation('automation');
  const { count, share } = useNumbers();
  const { took, time, timeInWords, money, points } = useAmounts();
  const span = useSpan(metrics.period);
  const { figures: now, before, change } = metrics;
  const mayWrite = useMay()('automation:write');
  const was = (value: string) => t('before', { value });
  const moved = change?.success_rate ?? null;
  return (
    <section aria-labelledby="saved" className={styles.summary}>
      <div className={styles.hero}>
        <h2 id="saved" className={styles.heroTitle}>
          {t('saved.title')}
        </h2>
        <p className={styles.heroValue}>{timeInWords(now.minutes_saved)}</p>
        {now.money_saved.length > 0 && (
          <p className={styles.heroMoney}>{money(now.money_saved)}</p>
        )}
        <p className={styles.heroNote}>
          {before !== null && before.minutes_saved > 0 && (
            <>
              <Change now={now.minutes_saved} before={before.minutes_saved} better="more" />{' '}
              {was(time(before.minutes_saved))}
              {' · '}
            </>
          )}
          {now.minutes_saved === 0 && mayWrite ? t('saved.none') : span}
        </p>
      </div>
      <Figures>
        <Figure
          label={t('figures.executions')}
          value={count(now.executions)}
          note={
            before === null ? (
              t('noBefore')
            ) : (
              <>
                <Change now={now.executions} before={before.executions} />{' '}
                {was(count(before.executions))}
              </>
            )
          }
        />
        <Figure
          label={t('figures.success')}
          value={now.success_rate === null ? null : share(now.success_rate)}
          tone={now.success_rate !== null && now.success_rate < 0.9 ? 'bad' : 'plain'}
          note={
            moved === null
              ? undefined
              : Math.abs(moved) < NEWS_POINTS
                ? t('figures.same')
                : t('figures.points', { points: points(moved) })
          }
        />
        <Figure
          label={t('figures.failed')}
          value={count(now.error)}
          tone={now.error > 0 ? 'bad' : 'plain'}
          note={
            <>
              {now.recovered > 0 && <>{t('figures.recovered', { count: now.recovered })} · </>}
              {before !== null && was(count(before.error))}
            </>
          }
        />
        <Figure
          label={t('figures.usual')}
          value={now.p50_ms == null ? null : took(now.p50_ms)}
          note={now.p95_ms == null ? undefined : t('figures.slowest', { time: took(now.p95_ms) })}
        />
        <Figure
          label={t('figures.workflows')}
          value={count(metrics.active_workflows)}
          note={t('figures.ofWorkflows', { count: metrics.workflows })}
        />
        <Figure
          label={t('figures.open')}
          value={count(now.running + now.waiting)}
          note={t('figures.canceled', { count: now.canceled })}
        />
      </Figures>
    </section>
  );
}

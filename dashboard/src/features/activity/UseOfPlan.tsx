import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { Meter } from '@/ui/Meter';
import { TimeText } from '@/ui/TimeText';

import styles from './activity.module.css';
import type { Use } from './queries';

/** How much of what the plan allows is used. */
export function UseOfPlan({ use }: { use: Use }) {
  const { t } = useTranslation('activity');
  const { count, bytes } = useNumbers();
  const words = (used: number | null, limit: number | null, write = count) => {
    if (used === null) {
      return t('use.notKnown');
    }
    return limit === null
      ? t('use.unlimited', { used: write(used) })
      : t('use.of', { used: write(used), limit: write(limit) });
  };
  const { users, storage } = use;
  return (
    <div className={styles.meters}>
      {use.requests.map(({ name, used, limit, resets_at }) => (
        <Meter
          key={name}
          label={t(`use.${name}`)}
          used={used}
          limit={limit}
          value={words(used, limit)}
          note={
            <>
              {t('use.resets')} <TimeText value={resets_at} />
            </>
          }
        />
      ))}
      <Meter
        label={t('use.users')}
        used={users.used}
        limit={users.limit}
        value={words(users.used, users.limit)}
      />
      <Meter
        label={t('use.storage')}
        used={storage.measured_at === null ? null : storage.used_bytes}
        limit={storage.limit_bytes}
        value={
          storage.measured_at === null
            ? t('use.notMeasured')
            : words(storage.used_bytes, storage.limit_bytes, bytes)
        }
        note={
          storage.measured_at === null ? undefined : (
            <>
              {t('use.measured')} <TimeText value={storage.measured_at} />
            </>
          )
        }
      />
    </div>
  );
}

import { useTranslation } from 'react-i18next';

import styles from './Skeleton.module.css';

/** The shape of what is being loaded: `lines` bars. Appears only if loading takes a moment. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  const { t } = useTranslation('common');
  return (
    <div role="status" className={styles.skeleton}>
      <span className="visually-hidden">{t('loading')}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles.bar} />
      ))}
    </div>
  );
}

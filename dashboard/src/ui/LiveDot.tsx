import { useTranslation } from 'react-i18next';

import { Hint } from './Hint';
import styles from './LiveDot.module.css';

/** How what is shown stays true: pushed by the server, asked for now and then, or not now. */
export type Liveness = 'live' | 'polling' | 'failing';

export function LiveDot({ liveness }: { liveness: Liveness }) {
  const { t } = useTranslation('common');
  const text = t(`liveness.${liveness}`);
  return (
    <Hint text={text}>
      <span role="img" aria-label={text} className={`${styles.dot} ${styles[liveness]}`} />
    </Hint>
  );
}

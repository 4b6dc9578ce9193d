import { ExportOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './automation.module.css';

/** Into n8n's own editor, in another tab. Only web addresses are followed. */
export function OutLink({ url, children }: { url: string | null; children: ReactNode }) {
  const { t } = useTranslation('automation');
  if (url === null || !/^https?:/.test(url)) {
    return children;
  }
  return (
    <a href={url} target="_blank" rel="noreferrer" className={styles.out}>
      {children} <ExportOutlined role="img" aria-label={t('newTab')} />
    </a>
  );
}

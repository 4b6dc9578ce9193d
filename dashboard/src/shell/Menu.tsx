import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useMe } from '@/session/context';

import styles from './Menu.module.css';
import { pagesOf } from './navigation';

/** The pages the signed-in person may open. */
export function Menu() {
  const { t } = useTranslation('shell');
  const me = useMe();
  return (
    <nav aria-label={t('menu')} className={styles.menu}>
      <p className={styles.place}>
        {me.kind === 'staff' ? t('platform') : <bdi>{me.tenant?.name ?? t('noTenant')}</bdi>}
      </p>
      <ul>
        {pagesOf(me)
          .filter(({ unlisted }) => unlisted !== true)
          .map(({ to, name, icon: Icon }) => (
            <li key={to}>
              <Link to={to} className={styles.link} activeProps={{ className: styles.active }}>
                <Icon aria-hidden />
                {t(`pages.${name}`)}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}

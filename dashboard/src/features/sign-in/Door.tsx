/** The frame of the pages one sees before being signed in. */
import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { LanguageChoice, ThemeChoiceButton } from '@/shell/PreferenceControls';
import { Logo } from '@/theme/Logo';

import styles from './Door.module.css';

export function Door() {
  const { t } = useTranslation('signIn');
  return (
    <div className={styles.door}>
      <aside className={styles.side}>
        <Logo />
        <div>
          <p className={styles.claim}>{t('claim')}</p>
          <svg viewBox="0 0 400 150" className={styles.bridge} aria-hidden="true">
            <path d="M0 110h400" className={styles.deck} />
            <path d="M110 140V30M290 140V30" className={styles.deck} />
            <path d="M0 96C60 84 96 56 110 30c36 84 144 84 180 0 14 26 50 54 110 66" />
            <path d="M30 110V91M60 110V80M85 110V62M140 110V76M170 110V92M200 110V95M230 110V92M260 110V76M315 110V62M340 110V80M370 110V91" className={styles.hanger} />
          </svg>
        </div>
        <p className={styles.note}>{t('systems')}</p>
      </aside>
      <div className={styles.page}>
        <div className={styles.controls}>
          <span className={styles.smallLogo}>
            <Logo />
          </span>
          <LanguageChoice />
          <ThemeChoiceButton />
        </div>
        <main className={styles.main}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}

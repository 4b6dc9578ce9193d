import { useTranslation } from 'react-i18next';

import { LANGUAGES, isLanguage } from '@/i18n/languages';
import { usePreferences } from '@/preferences/preferences';
import { Choice } from '@/ui/Choice';
import { Section } from '@/ui/Section';

import styles from './AccountPage.module.css';

const THEMES = ['system', 'light', 'dark'] as const;

/** How this browser shows the app. */
export function Appearance() {
  const { t } = useTranslation(['account', 'shell']);
  const { language, theme, timeZone, change } = usePreferences();
  const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Section title={t('appearance.title')}>
      <div className={styles.choices}>
        <label>
          {t('shell:language')}
          <Choice
            label={t('shell:language')}
            value={language}
            options={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
            onChange={(code) => {
              if (isLanguage(code)) {
                change({ language: code });
              }
            }}
          />
        </label>
        <label>
          {t('appearance.theme')}
          <Choice
            label={t('appearance.theme')}
            value={theme}
            options={THEMES.map((value) => ({ value, label: t(`shell:theme.${value}`) }))}
            onChange={(value) => {
              const chosen = THEMES.find((one) => one === value);
              if (chosen !== undefined) {
                change({ theme: chosen });
              }
            }}
          />
        </label>
        <label>
          {t('appearance.timeZone')}
          <Choice
            label={t('appearance.timeZone')}
            value={timeZone ?? ''}
            options={[
              { value: '', label: t('appearance.browserZone', { zone: browserZone }) },
              ...Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone })),
            ]}
            onChange={(zone) => {
              change({ timeZone: zone === '' ? null : zone });
            }}
          />
        </label>
      </div>
    </Section>
  );
}

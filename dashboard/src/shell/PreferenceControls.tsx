/** Language and colours, wherever one is in the app. */
import { DesktopOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';

import { LANGUAGES, isLanguage } from '@/i18n/languages';
import { usePreferences } from '@/preferences/preferences';
import type { ThemeChoice } from '@/preferences/preferences';
import { Choice } from '@/ui/Choice';

export function LanguageChoice() {
  const { t } = useTranslation('shell');
  const { language, change } = usePreferences();
  return (
    <Choice
      label={t('language')}
      value={language}
      options={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
      onChange={(code) => {
        if (isLanguage(code)) {
          change({ language: code });
        }
      }}
    />
  );
}

const NEXT: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };
const ICONS: Record<ThemeChoice, ComponentType> = {
  system: DesktopOutlined,
  light: SunOutlined,
  dark: MoonOutlined,
};

/** One press: as the system, light, dark, and round again. */
export function ThemeChoiceButton() {
  const { t } = useTranslation('shell');
  const { theme, change } = usePreferences();
  const Icon = ICONS[theme];
  const label = t('theme.label', { choice: t(`theme.${theme}`) });
  return (
    <Button
      type="text"
      icon={<Icon aria-hidden />}
      aria-label={label}
      title={label}
      onClick={() => {
        change({ theme: NEXT[theme] });
      }}
    />
  );
}

/** Loads the language that is wanted and keeps showing the one before until it is there. */
import { createInstance } from 'i18next';
import type { BackendModule, i18n as I18n } from 'i18next';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { I18nextProvider, initReactI18next } from 'react-i18next';

import { usePreferences } from '@/preferences/preferences';

import { LanguageContext } from './language';
import { isLanguage, languageInfo, loadTexts } from './languages';
import type { LanguageCode } from './languages';

/** What every page shows. */
const ALWAYS = ['common', 'problems', 'shell'] as const;

export function LanguageProvider({ children, i18n }: { children: ReactNode; i18n: I18n }) {
  const { language: wanted } = usePreferences();
  const [shown, setShown] = useState(isLanguage(i18n.language) ? i18n.language : 'en');
  useEffect(() => {
    if (shown === wanted) {
      return;
    }
    let isLatest = true;
    // brings along everything that was loaded in the language before
    void i18n.changeLanguage(wanted).then(() => {
      if (isLatest) {
        setShown(wanted);
      }
    });
    return () => {
      isLatest = false;
    };
  }, [wanted, shown, i18n]);
  return (
    <LanguageContext value={languageInfo(shown)}>
      <I18nextProvider i18n={i18n}>{children}</I18nextProvider>
    </LanguageContext>
  );
}

const files: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read(language, name, done) {
    loadTexts(language, name).then(
      (texts) => {
        done(null, texts);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : String(error), null);
      },
    );
  },
};

/** The texts of a language, those of every page already there. */
export async function prepareLanguage(code: LanguageCode): Promise<I18n> {
  const i18n = createInstance();
  await i18n.use(files).use(initReactI18next).init({
    lng: code,
    load: 'currentOnly',
    fallbackLng: false,
    ns: [...ALWAYS],
    defaultNS: 'common',
    interpolation: { escapeValue: false },
  });
  return i18n;
}

/** Loads the language that is wanted and keeps showing the one before until it is there. */
import { createInstance } from 'i18next';
import type { i18n as I18n } from 'i18next';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { I18nextProvider, initReactI18next } from 'react-i18next';

import { usePreferences } from '@/preferences/preferences';

import { LanguageContext } from './language';
import { loadLanguage } from './languages';
import type { LanguageCode, LoadedLanguage } from './languages';

interface Ready {
  language: LoadedLanguage;
  i18n: I18n;
}

export function LanguageProvider({ children, first }: { children: ReactNode; first: Ready }) {
  const { language: wanted } = usePreferences();
  const [ready, setReady] = useState(first);
  useEffect(() => {
    if (ready.language.code === wanted) {
      return;
    }
    let isLatest = true;
    void prepareLanguage(wanted).then((next) => {
      if (isLatest) {
        setReady(next);
      }
    });
    return () => {
      isLatest = false;
    };
  }, [wanted, ready]);
  return (
    <LanguageContext value={ready.language}>
      <I18nextProvider i18n={ready.i18n}>{children}</I18nextProvider>
    </LanguageContext>
  );
}

export async function prepareLanguage(code: LanguageCode): Promise<Ready> {
  const language = await loadLanguage(code);
  const i18n = createInstance();
  await i18n.use(initReactI18next).init({
    lng: code,
    resources: { [code]: language.texts },
    defaultNS: 'common',
    ns: Object.keys(language.texts),
    interpolation: { escapeValue: false },
  });
  return { language, i18n };
}

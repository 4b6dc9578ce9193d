/** Puts palette, direction, language of Ant Design and the CSP nonce around the app. */
import { ConfigProvider } from 'antd';
import { useEffect, useMemo } from 'react';
import type { ReactNode } from 'react';

import { useLanguage } from '@/i18n/language';
import { usePreferences } from '@/preferences/preferences';
import { ToastsProvider } from '@/ui/ToastsProvider';

import { ARABIC_FONT, CODE_FONT, FONT, antTheme } from './antTheme';
import { dark, light } from './palette';
import { useSystemDark } from './systemDark';

export function Theme({ children }: { children: ReactNode }) {
  const { theme } = usePreferences();
  const systemDark = useSystemDark();
  const language = useLanguage();
  const isDark = theme === 'system' ? systemDark : theme === 'dark';
  const fontFamily = language.direction === 'rtl' ? ARABIC_FONT : FONT;
  const config = useMemo(
    () => antTheme(isDark ? dark : light, isDark, fontFamily),
    [isDark, fontFamily],
  );

  useEffect(() => {
    const root = document.documentElement;
    for (const [name, colour] of Object.entries(isDark ? dark : light)) {
      root.style.setProperty(`--${name.replace(/[A-Z]/g, (big) => `-${big.toLowerCase()}`)}`, String(colour));
    }
    root.style.setProperty('--font', fontFamily);
    root.style.setProperty('--font-code', CODE_FONT);
    root.style.colorScheme = isDark ? 'dark' : 'light';
    root.dataset.theme = isDark ? 'dark' : 'light';
    root.lang = language.code;
    root.dir = language.direction;
  }, [isDark, fontFamily, language]);

  return (
    <ConfigProvider
      theme={config}
      direction={language.direction}
      csp={{ nonce: pageNonce() }}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      <ToastsProvider>{children}</ToastsProvider>
    </ConfigProvider>
  );
}

/** The nonce the server put into the page; styles made at run time carry it. */
function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

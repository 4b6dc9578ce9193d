/** The languages of the product, and how each is loaded: only the one in use travels. */
import type { Locale as AntLocale } from 'antd/es/locale';

import type { Texts } from './locales/en';

export type LanguageCode = 'en' | 'ru' | 'ar';

export interface LanguageInfo {
  code: LanguageCode;
  /** Its own name for itself. */
  name: string;
  direction: 'ltr' | 'rtl';
  /** For numbers and dates. Arabic keeps Latin digits: ids and figures are compared with logs. */
  tag: string;
}

export interface LoadedLanguage extends LanguageInfo {
  texts: Texts;
  ant: AntLocale;
}

const INFO: Record<LanguageCode, LanguageInfo> = {
  en: { code: 'en', name: 'English', direction: 'ltr', tag: 'en-GB' },
  ru: { code: 'ru', name: 'Русский', direction: 'ltr', tag: 'ru' },
  ar: { code: 'ar', name: 'العربية', direction: 'rtl', tag: 'ar-u-nu-latn' },
};

export const LANGUAGES: readonly LanguageInfo[] = Object.values(INFO);

export function isLanguage(value: unknown): value is LanguageCode {
  return LANGUAGES.some(({ code }) => code === value);
}

export function languageInfo(code: LanguageCode): LanguageInfo {
  return INFO[code];
}

export async function loadLanguage(code: LanguageCode): Promise<LoadedLanguage> {
  const [texts, ant] = await LOADERS[code]();
  return { ...languageInfo(code), texts: texts.default, ant: ant.default };
}

type Loader = () => Promise<[{ default: Texts }, { default: AntLocale }]>;

const LOADERS: Record<LanguageCode, Loader> = {
  en: () => Promise.all([import('./locales/en'), import('antd/es/locale/en_GB')]),
  ru: () => Promise.all([import('./locales/ru'), import('antd/es/locale/ru_RU')]),
  ar: () => Promise.all([import('./locales/ar'), import('antd/es/locale/ar_EG')]),
};

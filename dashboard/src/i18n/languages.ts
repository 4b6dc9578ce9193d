/** The languages of the product, and how their texts are loaded: only those that are shown travel. */
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

/** Texts that are loaded together: those of one part of the app. */
export type Namespace = keyof Texts;

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

const FILES = import.meta.glob<{ default: Record<string, unknown> }>('./locales/*/*.json');

/** The texts of one part of the app. */
export async function loadTexts(code: string, name: string): Promise<Record<string, unknown>> {
  const load = FILES[`./locales/${code}/${name}.json`];
  if (load === undefined) {
    throw new Error(`There are no texts ${name} in ${code}.`);
  }
  return (await load()).default;
}

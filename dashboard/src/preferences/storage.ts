/** Preferences in local storage. What is there may be old, foreign or not readable at all. */
import { isLanguage } from '@/i18n/languages';
import type { LanguageCode } from '@/i18n/languages';

import type { Preferences, ThemeChoice } from './preferences';

const KEY = 'bridgecore.preferences';

export function readPreferences(): Preferences {
  const stored = storedObject();
  const { language, theme, timeZone } = stored;
  return {
    language: isLanguage(language) ? language : browserLanguage(),
    theme: isTheme(theme) ? theme : 'system',
    timeZone: typeof timeZone === 'string' && isZone(timeZone) ? timeZone : null,
  };
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // a browser that stores nothing still shows what was chosen, until the next load
  }
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function storedObject(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isTheme(value: unknown): value is ThemeChoice {
  return value === 'system' || value === 'light' || value === 'dark';
}

function browserLanguage(): LanguageCode {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return wanted.find(isLanguage) ?? 'en';
}

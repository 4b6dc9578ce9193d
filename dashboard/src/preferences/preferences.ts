/** What a person chose for this browser: language, colours, time zone. Kept in local storage. */
import { createContext, use } from 'react';

import type { LanguageCode } from '@/i18n/languages';

export type ThemeChoice = 'system' | 'light' | 'dark';

export interface Preferences {
  language: LanguageCode;
  theme: ThemeChoice;
  /** An IANA zone, or null to follow the browser. */
  timeZone: string | null;
}

export interface PreferencesAccess extends Preferences {
  change: (given: Partial<Preferences>) => void;
}

export const PreferencesContext = createContext<PreferencesAccess | null>(null);

export function usePreferences(): PreferencesAccess {
  const preferences = use(PreferencesContext);
  if (preferences === null) {
    throw new Error('PreferencesProvider is missing above this component.');
  }
  return preferences;
}

/** The zone times are shown in. */
export function useTimeZone(): string {
  return usePreferences().timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

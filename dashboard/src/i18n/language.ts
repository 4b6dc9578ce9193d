/** The loaded language of this page, and numbers and sizes written in it. */
import { createContext, use, useMemo } from 'react';

import type { LoadedLanguage } from './languages';

export const LanguageContext = createContext<LoadedLanguage | null>(null);

export function useLanguage(): LoadedLanguage {
  const language = use(LanguageContext);
  if (language === null) {
    throw new Error('LanguageProvider is missing above this component.');
  }
  return language;
}

export interface Numbers {
  /** A whole number with its separators. */
  count: (value: number) => string;
  /** A share from 0 to 1 as a percentage. */
  share: (value: number) => string;
  /** Milliseconds, in seconds from ten of them. */
  duration: (milliseconds: number) => string;
}

export function useNumbers(): Numbers {
  const { tag } = useLanguage();
  return useMemo(() => {
    const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
    const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
    const unit = (name: string, digits: number) =>
      new Intl.NumberFormat(tag, { style: 'unit', unit: name, maximumFractionDigits: digits });
    const milliseconds = unit('millisecond', 0);
    const seconds = unit('second', 1);
    return {
      count: (value) => whole.format(value),
      share: (value) => percent.format(value),
      duration: (value) =>
        value < 10_000 ? milliseconds.format(value) : seconds.format(value / 1000),
    };
  }, [tag]);
}

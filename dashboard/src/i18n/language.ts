/** The loaded language of this page, and numbers and sizes written in it. */
import { createContext, use, useMemo } from 'react';

import type { LanguageInfo } from './languages';

export const LanguageContext = createContext<LanguageInfo | null>(null);

export function useLanguage(): LanguageInfo {
  const language = use(LanguageContext);
  if (language === null) {
    throw new Error('LanguageProvider is missing above this component.');
  }
  return language;
}

/** Words as a list is written in this language: its own commas, and its word for “and”. */
export function useList(): (words: readonly string[]) => string {
  const { tag } = useLanguage();
  return useMemo(() => {
    const list = new Intl.ListFormat(tag, { type: 'conjunction' });
    return (words) => list.format(words);
  }, [tag]);
}

export interface Numbers {
  /** A whole number with its separators. */
  count: (value: number) => string;
  /** A share from 0 to 1 as a percentage. */
  share: (value: number) => string;
  /** Milliseconds, in seconds from ten of them; fractions only where they matter. */
  duration: (milliseconds: number) => string;
  /** Bytes, in the largest unit (of 1024) that leaves one before the point. */
  bytes: (value: number) => string;
  /** An amount in minor units of a currency, such as cents of USD. */
  money: (minor: number, currency: string) => string;
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A number is not parted from its unit, nor an Arabic unit of two words in its middle. */
export function inOneLine(amount: string): string {
  return amount.replaceAll(' ', '\u00a0');
}

export function useNumbers(): Numbers {
  const { tag, direction } = useLanguage();
  return useMemo(() => {
    const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
    const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
    const unit = (name: string, digits: number, unitDisplay: 'short' | 'long' = 'short') =>
      new Intl.NumberFormat(tag, {
        style: 'unit',
        unit: name,
        unitDisplay,
        maximumFractionDigits: digits,
      });
    const milliseconds = unit('millisecond', 0);
    const fewMilliseconds = unit('millisecond', 1);
    const seconds = unit('second', 1);
    return {
      count: (value) => whole.format(value),
      share: (value) => percent.format(value),
      duration: (value) => {
        if (value >= 10_000) {
          return inOneLine(seconds.format(value / 1000));
        }
        return inOneLine((value < 10 ? fewMilliseconds : milliseconds).format(value));
      },
      bytes: (value) => {
        const power = value < 1024 ? 0 : Math.floor(Math.log(value) / Math.log(1024));
        const at = Math.min(power, BYTE_UNITS.length - 1);
        // the short form of bytes has no plural: “35 byte”
        return at === 0
          ? inOneLine(unit('byte', 0, 'long').format(value))
          : inOneLine(unit(BYTE_UNITS[at] ?? 'byte', 1).format(value / 1024 ** at));
      },
      money: (minor, currency) => {
        // from right to left the sign in “US$” would go before its letters
        const currencyDisplay = direction === 'rtl' ? 'code' : 'symbol';
        const amount = new Intl.NumberFormat(tag, { style: 'currency', currency, currencyDisplay });
        return amount.format(minor / 10 ** (amount.resolvedOptions().maximumFractionDigits ?? 2));
      },
    };
  }, [tag, direction]);
}

/** Time and money as people say them. */
import { useMemo } from 'react';

import { useLanguage } from '@/i18n/language';

import type { Figures } from './queries';

export interface Amounts {
  /** How long something took, in the largest unit that tells it well; from milliseconds. */
  took: (milliseconds: number) => string;
  /** Working time in hours and minutes, from minutes; many hours without the minutes. */
  time: (minutes: number) => string;
  /** The same in whole words. */
  timeInWords: (minutes: number) => string;
  /** Sums of all currencies, beside each other. */
  money: (sums: Figures['money_saved']) => string;
  /** A difference of two rates, in points of a hundred. */
  points: (difference: number) => string;
}

const HOUR = 60;
/** From here on minutes are no news. */
const MANY_HOURS = 100 * HOUR;

export function useAmounts(): Amounts {
  const { tag } = useLanguage();
  return useMemo(() => {
    const unit = (name: string, digits = 0, unitDisplay: 'narrow' | 'long' = 'narrow') =>
      new Intl.NumberFormat(tag, {
        style: 'unit',
        unit: name,
        unitDisplay,
        maximumFractionDigits: digits,
      });
    const milliseconds = unit('millisecond');
    const [seconds, minutes, hours] = [unit('second', 1), unit('minute', 1), unit('hour', 1)];
    const signed = new Intl.NumberFormat(tag, {
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    });
    const worked = (display: 'narrow' | 'long') => {
      const [wholeHours, wholeMinutes] = [unit('hour', 0, display), unit('minute', 0, display)];
      const list = new Intl.ListFormat(tag, { style: 'narrow', type: 'unit' });
      return (value: number) => {
        const whole = Math.round(value);
        if (whole >= MANY_HOURS) {
          return wholeHours.format(Math.round(value / HOUR));
        }
        return list.format([
          ...(whole >= HOUR ? [wholeHours.format(Math.floor(whole / HOUR))] : []),
          ...(whole % HOUR > 0 || whole === 0 ? [wholeMinutes.format(whole % HOUR)] : []),
        ]);
      };
    };
    const inOneLine = (words: string) => words.replaceAll(' ', '\u00a0');
    const inLetters = worked('narrow');
    return {
      took: (value) => {
        if (value < 1_000) {
          return inOneLine(milliseconds.format(value));
        }
        if (value < 120_000) {
          return inOneLine(seconds.format(value / 1_000));
        }
        return inOneLine(
          value < 7_200_000 ? minutes.format(value / 60_000) : hours.format(value / 3_600_000),
        );
      },
      time: (value) => inOneLine(inLetters(value)),
      timeInWords: worked('long'),
      money: (sums) =>
        sums
          .map(({ currency, amount }) =>
            new Intl.NumberFormat(tag, {
              style: 'currency',
              currency,
              maximumFractionDigits: 0,
            }).format(amount),
          )
          .join(' + '),
      points: (difference) => signed.format(difference * 100),
    };
  }, [tag]);
}

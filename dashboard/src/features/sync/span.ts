/** Lengths of time in words a person takes in at once. */
import { useMemo } from 'react';

import { inOneLine, useLanguage } from '@/i18n/language';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** Seconds in the largest unit of which there are at least two, such as "12 sec" or "3 hr". */
export function useSpan(): (seconds: number) => string {
  const { tag } = useLanguage();
  return useMemo(() => {
    const write = (value: number, unit: string, digits = 0) =>
      inOneLine(
        new Intl.NumberFormat(tag, {
          style: 'unit',
          unit,
          unitDisplay: 'short',
          maximumFractionDigits: digits,
        }).format(value),
      );
    return (seconds) => {
      const [unit, length] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['second', 1];
      return write(seconds / length, unit, unit === 'second' && seconds < 10 ? 1 : 0);
    };
  }, [tag]);
}

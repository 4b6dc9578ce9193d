import { useTranslation } from 'react-i18next';

import { useNumbers } from '@/i18n/language';
import { COLOURS } from '@/ui/chart/look';

import styles from './automation.module.css';

interface SparklineProps {
  /** Executions of each day, the oldest first, and how many of them failed. */
  executions: readonly number[];
  errors: readonly number[];
}

const HEIGHT = 30;
const STEP = 4;

/** How the days of a period went, small enough for a line of a table. */
export function Sparkline({ executions, errors }: SparklineProps) {
  const { t } = useTranslation('automation');
  const { count } = useNumbers();
  const most = Math.max(1, ...executions);
  const sum = (days: readonly number[]) => days.reduce((all, day) => all + day, 0);
  // what happened shows, however little it was
  const tall = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * HEIGHT));
  return (
    <svg
      role="img"
      aria-label={t('spark', {
        executions: count(sum(executions)),
        errors: count(sum(errors)),
        days: count(executions.length),
      })}
      className={styles.spark}
      viewBox={`0 0 ${Math.max(1, executions.length) * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {executions.map((all, day) => {
        const failed = errors[day] ?? 0;
        const [whole, bad] = [tall(all), tall(failed)];
        return (
          <g key={day}>
            <rect
              x={day * STEP + 0.5}
              y={HEIGHT - Math.max(whole, bad)}
              width={STEP - 1}
              height={Math.max(0, Math.max(whole, bad) - bad)}
              fill={COLOURS.ok}
            />
            <rect
              x={day * STEP + 0.5}
              y={HEIGHT - bad}
              width={STEP - 1}
              height={bad}
              fill={COLOURS.failed}
            />
          </g>
        );
      })}
    </svg>
  );
}

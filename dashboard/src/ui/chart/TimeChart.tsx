/**
 * Bars on top of each other and lines over time, drawn as SVG. What is under the pointer is told
 * beside it. Times run the way the language does.
 */
import { useLayoutEffect, useRef, useState } from 'react';

import { useLanguage } from '@/i18n/language';

import type { Series } from './ChartFigure';
import { everyNth, ticksTo } from './scale';
import styles from './TimeChart.module.css';

export interface ChartSeries<Row> extends Series {
  id: string;
  value: (row: Row) => number | null;
}

interface TimeChartProps<Row> {
  rows: readonly Row[];
  /** On the axis. */
  name: (row: Row) => string;
  /** Beside the pointer. */
  fullName?: (row: Row) => string;
  bars?: readonly ChartSeries<Row>[];
  lines?: readonly ChartSeries<Row>[];
  format: (value: number) => string;
  /** Values are counts of things. */
  whole?: boolean;
}

const HEIGHT = 240;
const TOP = 8;
const FOOT = 26;
const WIDEST_BAR = 56;
const NAME_WIDTH = 58;
/** About how wide a character of a tick is, in pixels. */
const CHARACTER = 7;

export function TimeChart<Row>(props: TimeChartProps<Row>) {
  const { rows, name, fullName = name, bars = [], lines = [], format, whole = false } = props;
  const { direction } = useLanguage();
  const isRtl = direction === 'rtl';
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);

  const highest = rows.reduce((most, row) => {
    const stacked = bars.reduce((sum, { value }) => sum + (value(row) ?? 0), 0);
    return Math.max(most, stacked, ...lines.map(({ value }) => value(row) ?? 0));
  }, 0);
  const ticks = ticksTo(highest, 4, whole);
  const top = ticks.at(-1) ?? 1;
  const margin = 14 + CHARACTER * Math.max(...ticks.map((tick) => format(tick).length));
  const plotWidth = Math.max(0, width - margin - 4);
  const plotHeight = HEIGHT - TOP - FOOT;
  const step = rows.length === 0 ? 0 : plotWidth / rows.length;
  const start = isRtl ? 4 : margin;
  const xOf = (index: number) =>
    start + (isRtl ? plotWidth - (index + 0.5) * step : (index + 0.5) * step);
  const yOf = (value: number) => TOP + plotHeight * (1 - value / top);
  const barWidth = Math.max(1, Math.min(WIDEST_BAR, step * 0.78));
  const every = everyNth(rows.length, plotWidth, NAME_WIDTH);
  const shown = at === null ? undefined : rows[at];

  return (
    <div
      ref={box}
      className={styles.box}
      style={{ blockSize: HEIGHT }}
      onPointerMove={(event) => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left - start;
        const index = Math.floor((isRtl ? plotWidth - x : x) / step);
        setAt(index >= 0 && index < rows.length ? index : null);
      }}
      onPointerLeave={() => {
        setAt(null);
      }}
    >
      {width > 0 && (
        <svg width={width} height={HEIGHT} className={styles.chart}>
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={start}
                x2={start + plotWidth}
                y1={yOf(tick)}
                y2={yOf(tick)}
                className={tick === 0 ? styles.axis : styles.grid}
              />
              <text
                x={isRtl ? start + plotWidth + 8 : start - 8}
                y={yOf(tick)}
                dy="0.32em"
                textAnchor={isRtl ? 'start' : 'end'}
              >
                {format(tick)}
              </text>
            </g>
          ))}
          {at !== null && (
            <rect
              x={xOf(at) - step / 2}
              y={TOP}
              width={step}
              height={plotHeight}
              className={styles.pointed}
            />
          )}
          {rows.map((row, index) => {
            let below = 0;
            return (
              <g key={index}>
                {bars.map(({ id, value, colour }) => {
                  const amount = value(row) ?? 0;
                  below += amount;
                  return amount > 0 ? (
                    <rect
                      key={id}
                      x={xOf(index) - barWidth / 2}
                      y={yOf(below)}
                      width={barWidth}
                      // what happened shows, however little it was
                      height={Math.max(1, (plotHeight * amount) / top)}
                      fill={colour}
                    />
                  ) : null;
                })}
                {index % every === 0 && (
                  <text x={xOf(index)} y={HEIGHT - 6} textAnchor="middle">
                    {name(row)}
                  </text>
                )}
              </g>
            );
          })}
          {lines.map(({ id, value, colour, dashed }) => (
            <g key={id}>
              <path
                d={pathOf(rows.map((row) => value(row)), xOf, yOf)}
                fill="none"
                stroke={colour}
                strokeWidth={2}
                strokeLinejoin="round"
                {...(dashed === true ? { strokeDasharray: '5 4' } : {})}
              />
              {dashed !== true &&
                rows.map((row, index) => {
                  const amount = value(row);
                  return amount === null ? null : (
                    <circle
                      key={index}
                      cx={xOf(index)}
                      cy={yOf(amount)}
                      r={index === at ? 4 : 2.5}
                      fill={colour}
                    />
                  );
                })}
            </g>
          ))}
        </svg>
      )}
      {at !== null && shown !== undefined && (
        <div
          dir={direction}
          className={styles.tip}
          style={
            xOf(at) > width / 2
              ? { right: width - xOf(at) + step / 2 + 8 }
              : { left: xOf(at) + step / 2 + 8 }
          }
        >
          <p className={styles.tipName}>{fullName(shown)}</p>
          {[...bars, ...lines].map(({ id, name: title, colour, value }) => {
            const amount = value(shown);
            return (
              <p key={id} className={styles.tipLine}>
                <span className={styles.swatch} style={{ background: colour }} />
                {title}
                <span className={styles.amount}>{amount === null ? '–' : format(amount)}</span>
              </p>
            );
          })}
        </div>
      )}
    </div>
  );
}

/** A line through the values, broken where there is none. */
function pathOf(
  values: readonly (number | null)[],
  xOf: (index: number) => number,
  yOf: (value: number) => number,
): string {
  let isDrawing = false;
  return values
    .map((value, index) => {
      const command = value === null ? '' : `${isDrawing ? 'L' : 'M'}${xOf(index)} ${yOf(value)}`;
      isDrawing = value !== null;
      return command;
    })
    .join('');
}

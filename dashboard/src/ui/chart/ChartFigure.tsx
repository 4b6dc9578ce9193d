/** A chart with what it shows in words, and all of it as a table for whoever wants the figures. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Column } from '../table/column';
import { Rows } from '../table/Rows';
import styles from './ChartFigure.module.css';

interface ChartFigureProps<Row> {
  /** What one sees at a glance, in words. */
  summary: string;
  /** Names the table. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The drawing; screen readers get the words and the table. */
  children: ReactNode;
  legend?: ReactNode;
}

export function ChartFigure<Row>(props: ChartFigureProps<Row>) {
  const { t } = useTranslation('traffic');
  const [isOpen, setOpen] = useState(false);
  return (
    <figure className={styles.figure}>
      <figcaption className="visually-hidden">{props.summary}</figcaption>
      <div dir="ltr" aria-hidden="true">
        {props.children}
      </div>
      <div className={styles.foot}>
        {props.legend}
        <details
          className={styles.details}
          onToggle={(event) => {
            setOpen(event.currentTarget.open);
          }}
        >
          <summary>{t('chart.table')}</summary>
          {isOpen && (
            <div role="region" aria-label={props.caption} tabIndex={0} className={styles.table}>
              <Rows
                caption={props.caption}
                columns={props.columns}
                rows={props.rows}
                rowKey={props.rowKey}
              />
            </div>
          )}
        </details>
      </div>
    </figure>
  );
}

export interface Series {
  name: string;
  colour: string;
  /** Drawn as a broken line. */
  dashed?: boolean;
}

/** Which colour is which. */
export function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className={styles.legend} aria-hidden="true">
      {series.map(({ name, colour, dashed }) => (
        <li key={name}>
          <span
            className={dashed === true ? styles.dash : styles.swatch}
            style={{ color: colour }}
          />
          {name}
        </li>
      ))}
    </ul>
  );
}

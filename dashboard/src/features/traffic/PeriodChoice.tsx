import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useTimeZone } from '@/preferences/preferences';
import { Choice } from '@/ui/Choice';

import { boundsOf, fromLocal, toLocal } from './period';
import type { Bounds, PeriodSearch, Span } from './period';
import styles from './PeriodChoice.module.css';

interface PeriodChoiceProps {
  value: PeriodSearch;
  spans: readonly Span[];
  /** The span while none is chosen. */
  usual: Span;
  onChange: (period: PeriodSearch) => void;
}

const CUSTOM = 'custom';

/** The time that is looked at: a usual span, or any two moments in the person's zone. */
export function PeriodChoice({ value, spans, usual, onChange }: PeriodChoiceProps) {
  const { t } = useTranslation('traffic');
  const [draft, setDraft] = useState<Bounds | null>(null);
  const own =
    draft ??
    (value.from === undefined || value.to === undefined
      ? null
      : { from: value.from, to: value.to });
  return (
    <>
      <Choice
        label={t('period.label')}
        value={own === null ? (value.span ?? usual) : CUSTOM}
        options={[
          ...spans.map((span) => ({ value: span, label: t(`period.spans.${span}`) })),
          { value: CUSTOM, label: t('period.custom') },
        ]}
        onChange={(wanted) => {
          if (wanted === CUSTOM) {
            setDraft(boundsOf(value, usual, Date.now()));
            return;
          }
          const span = spans.find((one) => one === wanted);
          setDraft(null);
          onChange(span === undefined || span === usual ? {} : { span });
        }}
      />
      {own !== null && (
        <CustomPeriod
          key={`${own.from} ${own.to}`}
          value={own}
          onShow={(bounds) => {
            setDraft(null);
            onChange(bounds);
          }}
        />
      )}
    </>
  );
}

function CustomPeriod({ value, onShow }: { value: Bounds; onShow: (bounds: Bounds) => void }) {
  const { t } = useTranslation('traffic');
  const zone = useTimeZone();
  const [from, setFrom] = useState(() => toLocal(value.from, zone));
  const [to, setTo] = useState(() => toLocal(value.to, zone));
  const start = fromLocal(from, zone);
  const end = fromLocal(to, zone);
  const isValid = start !== null && end !== null && start < end;
  return (
    <form
      className={styles.custom}
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) {
          onShow({ from: start, to: end });
        }
      }}
    >
      <Moment label={t('period.from', { zone })} value={from} onChange={setFrom} />
      <span aria-hidden="true">–</span>
      <Moment label={t('period.to', { zone })} value={to} onChange={setTo} />
      <Button htmlType="submit" disabled={!isValid}>
        {t('period.show')}
      </Button>
      {!isValid && (
        <span role="alert" className={styles.wrong}>
          {t('period.wrong')}
        </span>
      )}
    </form>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function Moment({ label, value, onChange }: MomentProps) {
  return (
    <input
      type="datetime-local"
      className={styles.moment}
      aria-label={label}
      title={label}
      value={value}
      onChange={({ target }) => {
        onChange(target.value);
      }}
    />
  );
}

/** One value of a record, as people read it. */
import { CheckOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';

import { useLanguage } from '@/i18n/language';
import { TimeText } from '@/ui/TimeText';

import styles from './explorer.module.css';
import { kindOf } from './fields';
import type { Field } from './fields';
import { isoOf } from './odooTime';

interface CellValueProps {
  field: Field;
  value: unknown;
  /** All of a long text, not its beginning. */
  whole?: boolean;
}

export function CellValue({ field, value, whole = false }: CellValueProps) {
  const { t } = useTranslation('explorer');
  const { tag } = useLanguage();
  const kind = kindOf(field);
  if (kind === 'boolean') {
    return value === true ? (
      <span className={styles.yes}>
        <CheckOutlined aria-hidden />
        <span className="visually-hidden">{t('yes')}</span>
      </span>
    ) : (
      <span className={styles.no}>{t('no')}</span>
    );
  }
  if (value === false || value === null || value === undefined || value === '') {
    return null;
  }
  if (kind === 'one' && Array.isArray(value)) {
    return <bdi>{String(value[1])}</bdi>;
  }
  if (kind === 'many' && Array.isArray(value)) {
    return value.length === 0 ? null : t('records', { count: value.length });
  }
  if (kind === 'number' && typeof value === 'number') {
    return field.name === 'id' || field.name.endsWith('_id') ? (
      <code>{value}</code>
    ) : (
      new Intl.NumberFormat(tag, { maximumFractionDigits: 6 }).format(value)
    );
  }
  if (kind === 'selection') {
    const name = field.selection.find(([code]) => code === value)?.[1];
    return <bdi>{name ?? JSON.stringify(value)}</bdi>;
  }
  const iso = kind === 'datetime' ? isoOf(value) : null;
  if (iso !== null) {
    return <TimeText value={iso} />;
  }
  if (kind === 'date' && typeof value === 'string') {
    const day = Date.parse(`${value}T00:00:00Z`);
    return Number.isNaN(day)
      ? value
      : new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' }).format(day);
  }
  const text = plainText(field, value);
  return (
    <span dir="auto" className={whole ? styles.whole : styles.beginning}>
      {text}
    </span>
  );
}

/** The words of a value: of HTML without its tags, of anything else as it is. */
export function plainText({ type }: Field, value: unknown): string {
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  return type === 'html'
    ? new DOMParser().parseFromString(value, 'text/html').body.textContent.trim()
    : value;
}

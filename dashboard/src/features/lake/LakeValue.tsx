/** One value of a record in the lake, as its source gave it. */
import { useLanguage } from '@/i18n/language';

import styles from './lake.module.css';

export function LakeValue({ value, whole = false }: { value: unknown; whole?: boolean }) {
  const { tag } = useLanguage();
  if (value === undefined || value === null || value === '' || value === false) {
    return <span className={styles.none}>{value === false ? 'false' : '–'}</span>;
  }
  if (typeof value === 'number') {
    return new Intl.NumberFormat(tag, { maximumFractionDigits: 6 }).format(value);
  }
  if (Array.isArray(value) && value.length === 2 && typeof value[1] === 'string') {
    // a link to another record, as Odoo writes it
    return (
      <span>
        <bdi>{value[1]}</bdi> <code className={styles.none}>{String(value[0])}</code>
      </span>
    );
  }
  if (typeof value === 'string') {
    return (
      <span dir="auto" className={whole ? styles.whole : styles.brief}>
        {value}
      </span>
    );
  }
  return <code className={whole ? styles.whole : styles.brief}>{JSON.stringify(value)}</code>;
}

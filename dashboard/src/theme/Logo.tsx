/** The mark of the product, a bridge of two pillars and its cables, and the name beside it. */
import styles from './Logo.module.css';

export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className={styles.mark}>
      <rect width="32" height="32" rx="8" className={styles.ground} />
      <g fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
        <path d="M5 22.5h22" />
        <path d="M10.5 22.5v-12M21.5 22.5v-12" />
        <path d="M5 18.5c3-1.4 5-4.5 5.5-8 2 8.2 9 8.2 11 0 .5 3.5 2.5 6.6 5.5 8" />
      </g>
    </svg>
  );
}

export function Logo() {
  return (
    <span className={styles.logo}>
      <Mark />
      <span className={styles.name}>BridgeCore</span>
    </span>
  );
}

/** How charts look: the colours of the theme, which change with it without being drawn anew. */
import type { CSSProperties } from 'react';

export const COLOURS = {
  ok: 'var(--accent)',
  redirected: 'var(--info)',
  refused: 'var(--warn)',
  failed: 'var(--bad)',
  before: 'var(--text-faint)',
  middle: 'var(--accent)',
  high: 'var(--info)',
  highest: 'var(--warn)',
} as const;

export const TICK = { fill: 'var(--text-soft)', fontSize: 12 } as const;

export const TOOLTIP: CSSProperties = {
  padding: '8px 12px',
  background: 'var(--raised)',
  border: '1px solid var(--line)',
  borderRadius: 8,
  color: 'var(--text)',
  fontSize: 13,
};

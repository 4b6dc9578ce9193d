/** How charts look: the colours of the theme, which change with it without being drawn anew. */

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

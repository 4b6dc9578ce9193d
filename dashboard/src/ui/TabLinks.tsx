/** Parts of one page, one shown at a time. Which one is in the address, by the page that uses it. */
import { useEffect, useId, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';

import { useLanguage } from '@/i18n/language';

import styles from './TabLinks.module.css';

interface TabLinksProps<Value extends string> {
  label: string;
  value: Value;
  tabs: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  /** The part that is shown. */
  children: ReactNode;
}

export function TabLinks<Value extends string>(props: TabLinksProps<Value>) {
  const { label, value, tabs, onChange, children } = props;
  const { direction } = useLanguage();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // on a narrow screen the row of tabs scrolls, and the one that is shown may be outside of it
    const row = list.current;
    const tab = row?.querySelector('[aria-selected="true"]')?.getBoundingClientRect();
    if (row && tab !== undefined) {
      const edges = row.getBoundingClientRect();
      row.scrollLeft += Math.min(0, tab.left - edges.left) + Math.max(0, tab.right - edges.right);
    }
  }, [value]);

  const move = (event: KeyboardEvent) => {
    const forward = direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    const at = tabs.findIndex((tab) => tab.value === value);
    const to = { [forward]: at + 1, [back]: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (next !== undefined) {
      event.preventDefault();
      onChange(next.value);
      list.current?.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
    }
  };
  return (
    <>
      <div ref={list} role="tablist" aria-label={label} className={styles.tabs}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            data-value={tab.value}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            className={styles.tab}
            onKeyDown={move}
            onClick={() => {
              onChange(tab.value);
            }}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  );
}

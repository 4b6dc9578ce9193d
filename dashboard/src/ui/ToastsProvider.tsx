/** Shows toasts in the corner, above dialogs too, and reads them out. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';

import styles from './Toasts.module.css';
import { ToastsContext } from './toasts';

interface Toast {
  id: number;
  kind: 'success' | 'failure';
  text: string;
  detail: string | null;
}

const SHOWN_MS = { success: 4000, failure: 10_000 };

export function ToastsProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly Toast[]>([]);
  const last = useRef(0);
  const panel = useRef<HTMLDivElement>(null);

  const add = useCallback((toast: Omit<Toast, 'id'>) => {
    last.current += 1;
    const id = last.current;
    setShown((before) => [...before, { ...toast, id }]);
    setTimeout(() => {
      setShown((before) => before.filter((one) => one.id !== id));
    }, SHOWN_MS[toast.kind]);
  }, []);
  const toasts = useMemo(
    () => ({
      success: (text: string) => {
        add({ kind: 'success', text, detail: null });
      },
      failure: (text: string, error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        add({ kind: 'failure', text, detail });
      },
    }),
    [add],
  );
  useEffect(() => {
    // a popover shown last is above every dialog that was open before
    panel.current?.hidePopover();
    if (shown.length > 0) {
      panel.current?.showPopover();
    }
  }, [shown]);
  return (
    <ToastsContext value={toasts}>
      {children}
      <div ref={panel} popover="manual" className={styles.toasts} aria-live="polite">
        {shown.map(({ id, kind, text, detail }) => (
          <div key={id} className={`${styles.toast} ${styles[kind]}`}>
            <bdi>{text}</bdi>
            {detail !== null && (
              <p dir="auto" className={styles.detail}>
                {detail}
              </p>
            )}
          </div>
        ))}
      </div>
    </ToastsContext>
  );
}

import { useEffect, useEffectEvent } from 'react';

/** Calls `run` when the person presses `key` with Ctrl, or with Command on Apple's keyboards. */
export function useShortcut(key: string, run: () => void): void {
  const act = useEffectEvent(run);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === key) {
        event.preventDefault();
        act();
      }
    };
    window.addEventListener('keydown', listen);
    return () => {
      window.removeEventListener('keydown', listen);
    };
  }, [key]);
}

export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

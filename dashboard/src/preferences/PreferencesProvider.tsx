import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

import { PreferencesContext } from './preferences';
import type { Preferences } from './preferences';
import { readPreferences, writePreferences } from './storage';

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(readPreferences);

  useEffect(() => {
    const follow = () => {
      setPreferences(readPreferences());
    };
    window.addEventListener('storage', follow);
    return () => {
      window.removeEventListener('storage', follow);
    };
  }, []);

  const change = useCallback((given: Partial<Preferences>) => {
    setPreferences((before) => {
      const after = { ...before, ...given };
      writePreferences(after);
      return after;
    });
  }, []);
  const access = useMemo(() => ({ ...preferences, change }), [preferences, change]);
  return <PreferencesContext value={access}>{children}</PreferencesContext>;
}

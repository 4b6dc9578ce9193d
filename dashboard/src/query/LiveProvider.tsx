import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';

import { followLive } from '@/api/live';
import { useSession, useSessionControl } from '@/session/context';

import { LiveContext, createRenewer } from './live';

/** Listens to what happens while somebody is signed in, and renews what is shown. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const session = useSessionControl();
  const side = useSession((now) => now.side);
  const identity = useSession((now) => now.identity);
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    if (side === null || identity === null) {
      return;
    }
    const renewer = createRenewer(queryClient);
    const stop = followLive({
      url: side === 'staff' ? '/admin/live' : '/api/v1/live',
      tokens: session,
      onNews: renewer.take,
      onConnected: setConnected,
    });
    return () => {
      stop();
      renewer.close();
    };
  }, [side, identity, session, queryClient]);
  return <LiveContext value={isConnected}>{children}</LiveContext>;
}

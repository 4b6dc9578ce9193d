/** Signing in with a password from any page of the door, with a second step where one is set. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Suspense, lazy, useState } from 'react';
import type { ReactNode } from 'react';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { useSessionControl } from '@/session/context';
import type { TokenPair } from '@/session/store';

// its form is heavier than a whole page, and most people have no second factor
const SecondFactorForm = lazy(() => import('./SecondFactorForm'));

export interface Credentials {
  email: string;
  password: string;
  tenant?: string;
}

/** `step` is what to show in place of the page, once a second step is asked for. */
export function useEntering(to = '/') {
  const api = useApi();
  const session = useSessionControl();
  const navigate = useNavigate();
  const [challenge, setChallenge] = useState<string | null>(null);
  const enter = async (pair: TokenPair): Promise<void> => {
    session.accept(pair);
    await navigate({ to, replace: true });
  };
  const signIn = useMutation({
    mutationFn: (body: Credentials) =>
      answer(api.POST('/api/v1/auth/login', { body: { ...body, cookie: true } })),
    onSuccess: enter,
    onError: (error) => {
      if (error instanceof ProblemError && error.code === 'SECOND_FACTOR_REQUIRED') {
        setChallenge(String(error.extra.challenge));
      }
    },
  });
  const step: ReactNode = challenge !== null && (
    <Suspense>
      <SecondFactorForm
        challenge={challenge}
        onDone={enter}
        onBack={() => {
          setChallenge(null);
          signIn.reset();
        }}
      />
    </Suspense>
  );
  return { signIn, step, enter, ask: setChallenge };
}

/** Where Microsoft sends people back to. */
import { useMutation } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Notice } from '@/ui/Notice';
import { Skeleton } from '@/ui/Skeleton';

import { takeBegun } from './microsoft';
import { Step } from './Step';
import { useEntering } from './useEntering';

const route = getRouteApi('/door/sign-in/microsoft');

export function MicrosoftPage() {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const { code = '', state = '', error } = route.useSearch();
  const started = useRef(false);
  const to = useRef('/');
  const { step, enter, ask } = useEntering();
  const complete = useMutation({
    mutationFn: async () => {
      const begun = takeBegun(sessionStorage, state);
      if (begun === null) {
        return null;
      }
      to.current = begun.to;
      return answer(
        api.POST('/api/v1/auth/microsoft/complete', {
          body: { code, state, code_verifier: begun.verifier, cookie: true },
        }),
      );
    },
    onSuccess: async (pair) => {
      if (pair !== null) {
        await enter(pair);
      }
    },
    onError: (problem) => {
      if (problem instanceof ProblemError && problem.code === 'SECOND_FACTOR_REQUIRED') {
        ask(String(problem.extra.challenge));
      }
    },
  });
  const { mutate } = complete;
  useEffect(() => {
    // a code serves once, and effects may run twice
    if (!started.current && error === undefined && code !== '') {
      started.current = true;
      mutate();
    }
  }, [mutate, code, error]);

  if (step !== false) {
    return step;
  }
  const isOver = complete.isSuccess && complete.data === null;
  return (
    <Step title={t('microsoft.title')}>
      {error !== undefined || code === '' ? (
        <Notice title={t('microsoft.refused')}>{error}</Notice>
      ) : isOver ? (
        <Notice title={t('microsoft.over')} />
      ) : complete.isError ? (
        <ErrorPanel compact error={complete.error} />
      ) : (
        <Skeleton lines={3} />
      )}
      <p style={{ marginBlockStart: 16 }}>
        <Link to="/sign-in">{t('back')}</Link>
      </p>
    </Step>
  );
}

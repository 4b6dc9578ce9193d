/** Where the link of an invitation leads: what it offers, and taking it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { useLinkToken } from '@/features/sign-in/linkToken';
import { Step } from '@/features/sign-in/Step';
import { roleName } from '@/shell/person';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Notice } from '@/ui/Notice';
import { Skeleton } from '@/ui/Skeleton';

import { JoinForm } from './JoinForm';

/** Codes that are told as what they mean for the reader, not as something that went wrong. */
const ENDS = {
  INVITATION_USED: 'used',
  INVITATION_REVOKED: 'revoked',
  INVITATION_EXPIRED: 'expired',
  NOT_FOUND: 'unknown',
} as const;

export function JoinPage() {
  const { t } = useTranslation('join');
  const { t: inShell } = useTranslation('shell');
  const api = useApi();
  const token = useLinkToken();
  const query = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) =>
      answer(api.POST('/api/v1/auth/invitations/look-up', { body: { token }, signal })),
    enabled: token !== '',
    retry: (count, error) => count < 3 && error instanceof ProblemError && error.isPassing,
    staleTime: Infinity,
  });
  if (token === '' || (query.error instanceof ProblemError && query.error.code in ENDS)) {
    const end =
      query.error instanceof ProblemError
        ? ENDS[query.error.code as keyof typeof ENDS]
        : 'unknown';
    return (
      <Step title={t(`endTitles.${end}`)}>
        <Notice tone={end === 'used' ? 'good' : 'warn'} title={t(`endHints.${end}`)} />
        <ToSignIn />
      </Step>
    );
  }
  if (query.data === undefined) {
    return (
      <Step title={t('title')}>
        {query.isError ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )}
      </Step>
    );
  }
  const offer = query.data;
  const given = { tenant: offer.tenant_name, role: roleName(inShell, offer.role) };
  return (
    <Step
      title={t('joinTenant', given)}
      lead={
        offer.invited_by
          ? t('invitedBy', { ...given, inviter: offer.invited_by })
          : t('invited', given)
      }
    >
      <JoinForm token={token} offer={offer} />
      <ToSignIn />
    </Step>
  );
}

function ToSignIn() {
  const { t } = useTranslation('signIn');
  return (
    <p style={{ marginBlockStart: 16 }}>
      <Link to="/sign-in">{t('back')}</Link>
    </p>
  );
}

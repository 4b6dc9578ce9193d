import { useTranslation } from 'react-i18next';

import { ProblemError } from '@/api/problem';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Notice } from '@/ui/Notice';

/** Why a link of a mail did not do what it is for: mostly it is old, else something else is wrong. */
export function LinkProblem({ error }: { error: Error }) {
  const { t } = useTranslation('signIn');
  const isDead =
    error instanceof ProblemError && error.code === 'BAD_REQUEST' && error.fields.length === 0;
  return isDead ? (
    <Notice title={t('deadLink')} />
  ) : (
    <ErrorPanel compact error={error} />
  );
}

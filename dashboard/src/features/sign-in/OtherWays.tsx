/** Ways in beside a password, where the operator offers them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';

import { begin } from './microsoft';
import styles from './OtherWays.module.css';

export function OtherWays({ to }: { to?: string | undefined }) {
  const { t } = useTranslation('signIn');
  const api = useApi();
  const ways = useQuery({
    queryKey: ['ways-in'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/auth/options', { signal })),
    staleTime: Infinity,
  });
  const microsoft = useMutation({
    mutationFn: () => begin(api, sessionStorage, to ?? '/'),
    onSuccess: (address) => {
      window.location.assign(address);
    },
  });
  return (
    <>
      {ways.data?.microsoft === true && (
        <div className={styles.ways}>
          <p className={styles.or}>{t('or')}</p>
          {microsoft.isError && <ErrorPanel compact error={microsoft.error} />}
          <Button
            size="large"
            block
            loading={microsoft.isPending || microsoft.isSuccess}
            icon={<MicrosoftMark />}
            onClick={() => {
              microsoft.mutate();
            }}
          >
            {t('microsoft.button')}
          </Button>
        </div>
      )}
      {ways.data?.registration === true && (
        <p className={styles.register}>
          {t('noAccount')} <Link to="/register">{t('register')}</Link>
        </p>
      )}
    </>
  );
}

function MicrosoftMark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path fill="#f25022" d="M0 0h7.5v7.5H0z" />
      <path fill="#7fba00" d="M8.5 0H16v7.5H8.5z" />
      <path fill="#00a4ef" d="M0 8.5h7.5V16H0z" />
      <path fill="#ffb900" d="M8.5 8.5H16V16H8.5z" />
    </svg>
  );
}

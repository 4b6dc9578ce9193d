import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Facts } from '@/ui/Facts';
import { Skeleton } from '@/ui/Skeleton';
import { TimeText } from '@/ui/TimeText';

import styles from './mail.module.css';
import { mailQuery } from './queries';
import type { Mail } from './queries';

const ADDRESS = /(https?:\/\/\S+)/;

/** A captured mail as its reader would see it in plain text, its links to be followed. */
export function MailDialog({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  const { t } = useTranslation('mails');
  const query = useQuery(mailQuery(useApi(), mail.id));
  return (
    <Dialog wide title={mail.subject} onCancel={onClose}>
      <Facts
        none="—"
        items={[
          { label: t('to'), value: <bdi>{mail.recipient}</bdi> },
          { label: t('created'), value: <TimeText value={mail.created_at} /> },
          { label: t('useful'), value: <TimeText value={mail.expires_at} /> },
        ]}
      />
      {query.data === undefined ? (
        query.isError ? (
          <ErrorPanel compact error={query.error} />
        ) : (
          <Skeleton lines={6} />
        )
      ) : (
        <div className={styles.text} dir="auto" lang={mail.language} tabIndex={0} role="document">
          {query.data.text.split(ADDRESS).map((part, at) =>
            at % 2 === 1 ? (
              <a key={at} href={part} dir="ltr" target="_blank" rel="noreferrer">
                {part}
              </a>
            ) : (
              part
            ),
          )}
        </div>
      )}
    </Dialog>
  );
}

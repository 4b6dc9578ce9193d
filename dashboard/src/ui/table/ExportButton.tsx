import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToasts } from '../toasts';

interface ExportButtonProps {
  /** Saves the file; what it throws is told to the person. */
  onExport: () => Promise<void>;
  small?: boolean;
}

/** Takes what is shown away as CSV. */
export function ExportButton({ onExport, small = false }: ExportButtonProps) {
  const { t } = useTranslation('common');
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      icon={<DownloadOutlined aria-hidden />}
      size={small ? 'small' : 'middle'}
      loading={busy}
      onClick={() => {
        setBusy(true);
        onExport()
          .catch((error: unknown) => {
            toasts.failure(t('table.exportFailed'), error);
          })
          .finally(() => {
            setBusy(false);
          });
      }}
    >
      {t('table.export')}
    </Button>
  );
}

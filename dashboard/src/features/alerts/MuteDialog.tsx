import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Choice } from '@/ui/Choice';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';

import { useMute } from './queries';
import type { Alert } from './queries';

const MINUTES = { hour: 60, shift: 480, day: 1440, week: 10_080 } as const;
const LENGTHS = ['hour', 'shift', 'day', 'week'] as const;

export function MuteDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const { t } = useTranslation('alerts');
  const [length, setLength] = useState<(typeof LENGTHS)[number]>('shift');
  const mute = useMute(alert.id);
  return (
    <Dialog
      title={t('muteTitle', { name: alert.title })}
      confirm={t('mute')}
      busy={mute.isPending}
      onConfirm={() => {
        mute.mutate(MINUTES[length], { onSuccess: onClose });
      }}
      onCancel={onClose}
    >
      {mute.isError && <ErrorPanel compact error={mute.error} />}
      <p>{t('muteHint')}</p>
      <Choice
        label={t('muteFor')}
        value={length}
        options={LENGTHS.map((value) => ({ value, label: t(`for.${value}`) }))}
        onChange={(value) => {
          setLength(LENGTHS.find((one) => one === value) ?? 'shift');
        }}
      />
    </Dialog>
  );
}

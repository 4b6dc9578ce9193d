import { useTranslation } from 'react-i18next';

import { useNow } from '@/ui/useNow';

import { useSpan } from './span';

/** How old a copy is, counted on while it is looked at. `caughtUpAt`: it held all that was true then. */
export function Lag({ caughtUpAt }: { caughtUpAt: string | null }) {
  const { t } = useTranslation('sync');
  const span = useSpan();
  const seconds = useLagSeconds(caughtUpAt);
  return seconds === null ? t('noCopy') : t('old', { span: span(seconds) });
}

/** Null where there is no whole copy yet. */
export function useLagSeconds(caughtUpAt: string | null): number | null {
  const now = useNow(1_000);
  return caughtUpAt === null
    ? null
    : Math.max(0, Math.round((now - Date.parse(caughtUpAt)) / 1000));
}

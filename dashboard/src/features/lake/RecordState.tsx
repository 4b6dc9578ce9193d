import { useTranslation } from 'react-i18next';

import { Tag } from '@/ui/Tag';

import type { LakeRecord } from './queries';

/** Whether a record is served, archived in its source, or gone, and why. */
export function RecordState({ record }: { record: LakeRecord }) {
  const { t } = useTranslation('lake');
  if (record.deleted_at !== null) {
    return <Tag tone="bad">{t(`reason.${record.delete_reason ?? 'deleted'}`)}</Tag>;
  }
  return record.is_active ? (
    <Tag tone="good">{t('active')}</Tag>
  ) : (
    <Tag tone="warn">{t('archived')}</Tag>
  );
}

import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useLiveness } from '@/query/live';
import { Freshness } from '@/ui/Freshness';

interface FeedStateProps {
  query: UseInfiniteQueryResult<InfiniteData<{ as_of: string }>>;
  queryKey: readonly unknown[];
  isFollowing: boolean;
}

/** How fresh a log is; once it stands still for being read, the way back to the newest. */
export function FeedState({ query, queryKey, isFollowing }: FeedStateProps) {
  const { t } = useTranslation('logs');
  const queryClient = useQueryClient();
  const liveness = useLiveness(query);
  const asOf = query.data?.pages[0]?.as_of ?? null;
  return (
    <>
      <Freshness asOf={asOf} {...(isFollowing ? { liveness } : {})} />
      {!isFollowing && (
        <Button
          size="small"
          onClick={() => void queryClient.resetQueries({ queryKey, exact: true })}
        >
          {t('newest')}
        </Button>
      )}
    </>
  );
}

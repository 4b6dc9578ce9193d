import { useQuery } from '@tanstack/react-query';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';

import { personQuery } from './queries';

/** Who did something, by name where that may be known. */
export function Person({ id, otherwise }: { id: string; otherwise: string }) {
  const query = useQuery({ ...personQuery(useApi(), id), enabled: useMay()('users:read') });
  return <bdi>{query.data === undefined ? otherwise : query.data.full_name || query.data.email}</bdi>;
}

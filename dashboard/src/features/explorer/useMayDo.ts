import { useQuery } from '@tanstack/react-query';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';

import { mayQuery } from './queries';
import type { Operation } from './queries';

/** Whether both the platform and the company's Odoo let this person do that to a model's records. */
export function useMayDo(model: string, operation: Operation): boolean {
  const isAllowed = useMay()(operation === 'unlink' ? 'gateway:delete' : 'gateway:write');
  const rights = useQuery({ ...mayQuery(useApi(), model, operation), enabled: isAllowed });
  return isAllowed && rights.data === true;
}

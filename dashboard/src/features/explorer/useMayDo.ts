import { useQuery } from '@tanstack/react-query';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';

import { allowedModelsQuery, mayQuery } from './queries';
import type { Operation } from './queries';

/** Whether both the platform and the company's Odoo let this person do that to a model's records. */
export function useMayDo(model: string, operation: Operation): boolean {
  const api = useApi();
  const models = useQuery(allowedModelsQuery(api));
  const isHeld = useMay()(operation === 'unlink' ? 'gateway:delete' : 'gateway:write');
  const isAllowed = isHeld && models.data?.read_only_models.includes(model) !== true;
  const rights = useQuery({ ...mayQuery(api, model, operation), enabled: isAllowed });
  return isAllowed && rights.data === true;
}

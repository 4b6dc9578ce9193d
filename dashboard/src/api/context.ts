import { createContext, use } from 'react';

import type { Api } from './client';

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === null) {
    throw new Error('ApiContext is missing above this component.');
  }
  return api;
}

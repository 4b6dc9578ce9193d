import type { QueryClient } from '@tanstack/react-query';

import type { Api } from '@/api/client';
import type { Namespace } from '@/i18n/languages';
import type { SessionControl } from '@/session/session';

/** What every route can use before it shows anything. */
export interface RouterContext {
  api: Api;
  session: SessionControl;
  queryClient: QueryClient;
  /** Done when the texts are there in the language in use. */
  loadTexts: (names: readonly Namespace[]) => Promise<void>;
}

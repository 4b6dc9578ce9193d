import type { Namespace } from '@/i18n/languages';

import type { RouterContext } from './context';

/** A `loader` that fetches the texts of a page beside its code. */
export function texts(...names: readonly Namespace[]) {
  return ({ context }: { context: RouterContext }): Promise<void> => context.loadTexts(names);
}

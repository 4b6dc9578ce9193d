import { createContext, use } from 'react';

/** Short words about what was done, which go away by themselves. */
export interface Toasts {
  success: (text: string) => void;
  /** Something failed that no panel on the page tells of. */
  failure: (title: string, error: unknown) => void;
}

export const ToastsContext = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = use(ToastsContext);
  if (toasts === null) {
    throw new Error('ToastsProvider is missing above this component.');
  }
  return toasts;
}

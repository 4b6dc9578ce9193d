import type { ReactNode } from 'react';

import { Dialog } from './Dialog';
import { ErrorPanel } from './ErrorPanel';

interface ConfirmDialogProps {
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  confirm: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks once before something others will notice. */
export function ConfirmDialog({ children, error, ...dialog }: ConfirmDialogProps) {
  return (
    <Dialog {...dialog}>
      {error != null && <ErrorPanel compact error={error} />}
      <p>{children}</p>
    </Dialog>
  );
}

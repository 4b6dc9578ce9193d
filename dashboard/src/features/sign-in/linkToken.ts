/** The one-time token of a mailed link. It stands behind `#`, which browsers send to no server. */
import { useLocation } from '@tanstack/react-router';

export function readLinkToken(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
}

export function useLinkToken(): string {
  return readLinkToken(useLocation({ select: ({ hash }) => hash }));
}

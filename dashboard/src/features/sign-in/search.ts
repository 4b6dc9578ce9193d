/** What the addresses of the sign-in pages carry. */

export interface SignInSearch {
  /** Where to go after signing in: a path inside this app. */
  to?: string;
}

export function readSignInSearch(raw: Record<string, unknown>): SignInSearch {
  const to = raw.to;
  // only a path of our own: `//host` and `/\host` would lead elsewhere
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? { to } : {};
}

export interface TokenSearch {
  token?: string;
}

export function readTokenSearch(raw: Record<string, unknown>): TokenSearch {
  const token = raw.token;
  return typeof token === 'string' && token !== '' ? { token } : {};
}

export interface MicrosoftSearch {
  code?: string;
  state?: string;
  /** What Microsoft says went wrong. */
  error?: string;
}

export function readMicrosoftSearch(raw: Record<string, unknown>): MicrosoftSearch {
  const read = (name: string) => {
    const value = raw[name];
    return typeof value === 'string' && value !== '' ? { [name]: value } : {};
  };
  return { ...read('code'), ...read('state'), ...read('error') };
}

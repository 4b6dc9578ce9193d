/**
 * Calls to the API, typed by its own description. A call gives the answer or throws a
 * ProblemError; an access token that ran out is renewed and the call sent once more.
 */
import createClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';

import { randomId } from './keys';
import { readProblem, unreachable } from './problem';
import type { paths } from './schema.gen';

export type Api = Client<paths>;

/** Where tokens come from; `session/session.ts` is the one of the app. */
export interface Tokens {
  /** A token that is good for now, or null when nobody is signed in. */
  current(): Promise<string | null>;
  /** Called when `rejected` was answered with 401: another token, or null when there is none. */
  renewed(rejected: string): Promise<string | null>;
}

export function createApi(baseUrl: string, tokens: Tokens): Api {
  async function send(request: Request): Promise<Response> {
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', randomId());
    }
    const again = request.clone();
    const token = request.headers.has('Authorization') ? null : await tokens.current();
    let response = await dispatch(request, token);
    if (response.status === 401 && token !== null) {
      const fresh = await tokens.renewed(token);
      if (fresh !== null) {
        response = await dispatch(again, fresh);
      }
    }
    if (!response.ok) {
      throw await readProblem(response);
    }
    return response;
  }
  return createClient<paths>({
    baseUrl,
    fetch: send,
    querySerializer: { array: { style: 'form', explode: true } },
  });
}

/** The body of an answer. Its problem, if it has one, was thrown by the client already. */
export async function answer<Data>(
  call: Promise<{ data?: Data; response: Response }>,
): Promise<Exclude<Data, undefined>> {
  const { data } = await call;
  return data as Exclude<Data, undefined>;
}

/** Send `request`, saying in one way that no answer came. A call that was given up stays so. */
export async function dispatch(request: Request, token: string | null): Promise<Response> {
  if (token !== null) {
    request.headers.set('Authorization', `Bearer ${token}`);
  }
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    throw unreachable(error);
  }
}

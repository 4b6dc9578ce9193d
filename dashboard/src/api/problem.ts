/** What the API answers when something is wrong, and what stands in for it when nothing answers. */
import type { components } from './schema.gen';

export type Problem = components['schemas']['Problem'];

/** Codes of the API's registry, and two for what happens before an answer arrives. */
export type ProblemCode = Problem['code'] | 'UNREACHABLE' | 'UNEXPECTED_ANSWER';

export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

interface ProblemInit {
  status: number;
  code: ProblemCode;
  detail: string;
  correlationId?: string | null;
  fields?: readonly FieldProblem[];
  retryAfter?: number | null;
  extra?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly correlationId: string | null;
  /** Which fields were wrong, by JSON pointer into the body. */
  readonly fields: readonly FieldProblem[];
  /** Seconds to wait before trying again, where the server said. */
  readonly retryAfter: number | null;
  /** Members of the problem beyond the standard ones. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(init: ProblemInit) {
    super(init.detail, { cause: init.cause });
    this.status = init.status;
    this.code = init.code;
    this.detail = init.detail;
    this.correlationId = init.correlationId ?? null;
    this.fields = init.fields ?? [];
    this.retryAfter = init.retryAfter ?? null;
    this.extra = init.extra ?? {};
  }

  /** Whether the same request may well succeed a little later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** The problem in `response`, whose status is 400 or above. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const correlationId = response.headers.get('X-Correlation-ID');
  const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const retryAfter = Number.isFinite(after) ? after : null;
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) {
    return new ProblemError({
      status: response.status,
      code: 'UNEXPECTED_ANSWER',
      detail: `HTTP ${response.status} ${response.statusText}`.trim(),
      correlationId,
      retryAfter,
    });
  }
  const { status, code, detail, correlation_id, errors, ...extra } = body;
  return new ProblemError({
    status,
    code,
    detail,
    correlationId: correlation_id || correlationId,
    fields: errors ?? [],
    retryAfter,
    extra,
  });
}

/** No answer came: the network, the server, or a request that was given up. */
export function unreachable(cause: unknown): ProblemError {
  return new ProblemError({
    status: 0,
    code: 'UNREACHABLE',
    detail: 'The server did not answer.',
    cause,
  });
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    typeof (body as Partial<Problem>).code === 'string' &&
    typeof (body as Partial<Problem>).detail === 'string'
  );
}

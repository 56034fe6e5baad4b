import type { JsonObject } from '#event-sourcing';

/** One wrong member of a request. */
export interface ProblemError {
  /** JSON Pointer into the body, or `/name` of a parameter or header. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What an answer of the kind `application/problem+json` (RFC 9457) says. Thrown by queries and by the HTTP layer. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param code kebab case, part of the API
   * @param detail one sentence for a person
   */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly more: {
      readonly errors?: readonly ProblemError[];
      /** Members that belong to the code, such as the unmet guards. */
      readonly members?: JsonObject;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
  }
}

/** 404 */
export function notFound(code: string, detail: string): Problem {
  return new Problem(404, code, detail);
}

/** 400 for one parameter. */
export function badParameter(name: string, code: string, message: string): Problem {
  return new Problem(400, 'invalid-request', `The parameter ${name} ${message}.`, {
    errors: [{ path: `/${name}`, code, message }],
  });
}

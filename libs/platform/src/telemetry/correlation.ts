/** What may stand in `X-Correlation-Id`: nothing that could be an address or a name, since it is kept with the events. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** W3C Trace Context, version 00: trace id, parent id, flags; all zeros are no ids. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** A place in a trace, as the header `traceparent` names it. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** @returns undefined for anything that is not a W3C trace context of version 00 */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  // 55 characters: no pattern looks at a header of another length.
  const [, traceId, spanId, flags] = text?.length === 55 ? (TRACEPARENT.exec(text) ?? []) : [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/**
 * What ties the events and log lines of one undertaking together: the client's `X-Correlation-Id`, else the trace id of
 * its `traceparent`, else the request's own id. What is out of form is passed over: it must not cost an order.
 */
export function correlationIdOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  requestId: string,
): string {
  const given = headers['x-correlation-id'];
  if (typeof given === 'string' && CORRELATION_ID.test(given)) return given;
  const { traceparent } = headers;
  if (traceparent === undefined) return requestId;
  return parseTraceparent(String(traceparent))?.traceId ?? requestId;
}

import { StoreUnavailable } from '#event-sourcing';

/** The gRPC status codes that mean something here (https://grpc.io/docs/guides/status-codes). */
const CODE = { PERMISSION_DENIED: 7, UNIMPLEMENTED: 12, UNAUTHENTICATED: 16 } as const;

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [CODE.PERMISSION_DENIED, 'The event store denied access: the user of the connection string may not do this.'],
  [CODE.UNAUTHENTICATED, 'The event store refused the credentials of the connection string.'],
  [CODE.UNIMPLEMENTED, 'The event store lacks a method of EventStoreDB 23.10.'],
]);

/** The status code of a failed call, if the error came from one. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/** Whether the server turned the call down before it looked at what it carried. */
export function wasRefused(error: unknown): boolean {
  return MEANINGS.has(codeOf(error) ?? -1);
}

/** Any failure of the connection or of a call, in the words of the port: a sentence that tells no address, and the cause. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const meaning = MEANINGS.get(codeOf(error) ?? -1) ?? 'The event store cannot be reached.';
  return new StoreUnavailable(meaning, { cause: error });
}

import { StoreUnavailable } from '#event-sourcing';

/** The gRPC status codes that mean something here (https://grpc.io/docs/guides/status-codes). */
const CODE = { PERMISSION_DENIED: 7, UNIMPLEMENTED: 12, UNAUTHENTICATED: 16 } as const;

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [CODE.PERMISSION_DENIED, 'EventStoreDB denied access: the user of the connection string may not do this'],
  [CODE.UNAUTHENTICATED, 'EventStoreDB refused the credentials of the connection string'],
  [CODE.UNIMPLEMENTED, 'this server lacks a method of EventStoreDB 23.10'],
]);

/** The status code of a failed call, if the error came from one. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the server turned the call down before it looked at what it carried. */
export function wasRefused(error: unknown): boolean {
  return MEANINGS.has(codeOf(error) ?? -1);
}

/** Any failure of the connection or of a call, in the words of the port. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const meaning = MEANINGS.get(codeOf(error) ?? -1) ?? 'EventStoreDB cannot be reached or gave up';
  return new StoreUnavailable(`${meaning} (${messageOf(error)})`, { cause: error });
}

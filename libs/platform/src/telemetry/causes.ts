const DEEPEST = 5;

/**
 * What lies behind an error, for the log: names and codes of its causes, the nearest first, such as
 * `MongoServerSelectionError, MongoNetworkError ECONNREFUSED`. Not their messages, which may hold data and addresses.
 * @returns undefined for an error without a cause
 */
export function causesOf(error: unknown): string | undefined {
  const causes: string[] = [];
  let each = causeOf(error);
  while (each instanceof Object && causes.length < DEEPEST) {
    const { name, code, errcode } = each as { name?: unknown; code?: unknown; errcode?: unknown };
    causes.push([name, errcode ?? code].filter(isShown).join(' '));
    each = causeOf(each);
  }
  return causes.length === 0 ? undefined : causes.join(', ');
}

function causeOf(error: unknown): unknown {
  return error instanceof Object && 'cause' in error ? error.cause : undefined;
}

function isShown(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/**
 * Where in the log the event stands that an error is about, for the log. Not its stream, which is named after an account.
 * An error that came from a thread is no UnreadableEvent any more, but has its members.
 */
export function positionOf(error: Error): { readonly position?: string } {
  return 'position' in error ? { position: String(error.position) } : {};
}

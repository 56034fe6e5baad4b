const PREFIX = 'account-';

export function isAccountStream(stream: string): boolean {
  return stream.startsWith(PREFIX);
}

/** The account whose facts a stream holds. */
export function accountIdOf(stream: string): string {
  return stream.slice(PREFIX.length);
}

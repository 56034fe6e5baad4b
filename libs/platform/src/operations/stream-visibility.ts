import { type Reader, sees } from '../queries/list.js';

const ACCOUNT_STREAM = 'account-';

/** A member's key sees the streams of the accounts of that member's teams, and all that are no account's. */
export function seesStream(reader: Pick<Reader, 'accounts'>, stream: string): boolean {
  return !stream.startsWith(ACCOUNT_STREAM) || sees(reader, stream.slice(ACCOUNT_STREAM.length));
}

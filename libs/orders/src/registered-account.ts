import { type AccountDirectory, type LedgerSettings, notFound, type Reader } from '#platform';

/** @throws Problem 404 `account-not-found` unless the account is registered */
export async function checkAccount(
  directory: AccountDirectory,
  { calendar }: LedgerSettings,
  accountId: string,
  reader: Reader,
): Promise<void> {
  // Facts may be dated up to a day ahead.
  if ((await directory.get(accountId, calendar.dayOfText(reader.now) + 1)) === undefined) {
    throw notFound('account-not-found', `There is no account ${accountId}.`);
  }
}

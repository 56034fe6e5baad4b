import type { LedgerSettings } from '../ledger/ledger-settings.js';
import { notFound } from '../problems/problem.js';
import type { AccountDirectory } from './account-directory.js';
import type { Reader } from './list.js';

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

import { randomUUID } from 'node:crypto';
import { registerAccount } from '#accounts';
import { openLedger } from '#ledger';
import { placeOrder } from '#orders';
import { LedgerCommand, readConfig } from '#platform';
import { eachInFlight } from '../measuring.js';
import { ACCOUNTS, accountOf, orderBody } from './order.js';

/** A ledger of the product in this process, on the embedded stores. @param {NodeJS.ProcessEnv} environment */
export function benchLedger(folder, environment = {}) {
  return openLedger(readConfig({ KEYLEDGER_DATA_DIR: folder, ...environment }));
}

function envelope() {
  return {
    actor: 'bench',
    role: 'sales',
    source: 'http',
    correlationId: randomUUID(),
    receivedAt: new Date().toISOString(),
  };
}

/** The command of W1, as HTTP makes it. */
export function orderCommand(number, accountId = accountOf(number), idempotencyKey = undefined) {
  const from = idempotencyKey === undefined ? envelope() : { ...envelope(), idempotencyKey };
  return new LedgerCommand(placeOrder, { accountId }, orderBody(number), from);
}

/** Registers the accounts of W1. @param {import('#ledger').Ledger} ledger */
export async function registerAccounts(ledger, count = ACCOUNTS) {
  await eachInFlight(64, count, (number) => {
    const body = { accountId: accountOf(number), name: `Account ${number}` };
    return ledger.commands.send(new LedgerCommand(registerAccount, {}, body, envelope()));
  });
}

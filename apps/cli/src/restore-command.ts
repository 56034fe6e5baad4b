import { resolve } from 'node:path';
import { type LedgerPlace, ledgerPlace, restoreBackup } from '#ledger';
import type { BackupManifest } from '#transfer';
import { manifestText } from './backup-command.js';
import { unlessCalledOff } from './called-off.js';
import { EXIT, UsageError } from './exit-codes.js';
import { placeArguments } from './place-arguments.js';
import type { Terminal } from './terminal.js';
import { TransferBar } from './transfer-bar.js';

/** `keyledger restore BACKUP --to PLACE …` */
export async function restoreCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { texts, to: target, words } = placeArguments(args, ['to'], ['positions', 'to-prefix'], []);
  const [backup, ...more] = words;
  if (backup === undefined || more.length > 0) throw new UsageError('keyledger restore takes one backup.');
  if (target === undefined) throw new UsageError('keyledger restore needs --to.');
  const to = ledgerPlace(target, terminal.env, texts['to-prefix']);
  const bar = new TransferBar(terminal);
  const whatThen = 'Run the same command again; a folder would not have appeared.';
  return unlessCalledOff(terminal, whatThen, async () => {
    const started = Date.now();
    const { copy, manifest } = await restoreBackup(backup, to, {
      positions: texts.positions ?? `${resolve(backup)}.positions.csv`,
      signal: terminal.signal,
      onProgress: bar.show,
    }).finally(() => bar.end());
    terminal.out(`Restored ${backup}\n      to ${to.shown} in ${((Date.now() - started) / 1_000).toFixed(1)} s`);
    terminal.out(manifestText(manifest));
    if (copy !== undefined)
      terminal.out(`  head     position ${copy.head.source} of the backup is ${copy.head.target} there`);
    terminal.out(nextText(to, manifest));
    return EXIT.good;
  });
}

/** Connection strings may hold passwords, so they are not repeated. */
function nextText({ config }: LedgerPlace, { ledger }: BackupManifest): string {
  const { dataDir, eventStoreDbUrl, mongoDbUrl, streamPrefix } = config;
  const settings = [
    ...(eventStoreDbUrl === undefined || mongoDbUrl === undefined ? [`KEYLEDGER_DATA_DIR='${dataDir}'`] : []),
    // Empty, where a shell may have servers that another ledger is on.
    ...(eventStoreDbUrl === undefined
      ? ['EVENTSTOREDB_URL=']
      : ['EVENTSTOREDB_URL=…', `KEYLEDGER_STREAM_PREFIX=${streamPrefix}`]),
    ...(mongoDbUrl === undefined ? ['MONGODB_URL='] : ['MONGODB_URL=…']),
    `KEYLEDGER_TIME_ZONE=${ledger.timeZone}`,
    `KEYLEDGER_BASE_CURRENCY=${ledger.baseCurrency}`,
  ];
  return `
Start the ledger there:
  ${settings.join(' ')} npm start
The first start makes what is missing of the read models. API keys and the admin's key are those of the backup; who has lost
the admin's key sets another by KEYLEDGER_ADMIN_KEY. Persons erased since the backup was taken must be erased again.`;
}

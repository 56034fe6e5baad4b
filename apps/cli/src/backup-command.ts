import { backUpLedger, ledgerPlace } from '#ledger';
import type { BackupManifest } from '#transfer';
import { unlessCalledOff } from './called-off.js';
import { EXIT, UsageError } from './exit-codes.js';
import { placeArguments } from './place-arguments.js';
import { programVersion } from './program-folder.js';
import type { Terminal } from './terminal.js';
import { grouped, keysText, TransferBar } from './transfer-bar.js';

/** `keyledger backup FOLDER [--from PLACE] …` */
export async function backupCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { flags, from, texts, words } = placeArguments(args, ['from'], ['from-prefix'], ['with-read-models']);
  const [folder, ...more] = words;
  if (folder === undefined || more.length > 0) throw new UsageError('keyledger backup takes one new folder.');
  const place = ledgerPlace(from ?? ['env'], terminal.env, texts['from-prefix']);
  const bar = new TransferBar(terminal);
  return unlessCalledOff(terminal, 'There is no backup; what was begun is removed.', async () => {
    const started = Date.now();
    const manifest = await backUpLedger(place, folder, {
      withReadModels: flags.has('with-read-models'),
      program: await programVersion(),
      signal: terminal.signal,
      onProgress: bar.show,
    }).finally(() => bar.end());
    terminal.out(`Backed up ${place.shown}\n       to ${folder} in ${((Date.now() - started) / 1_000).toFixed(1)} s`);
    terminal.out(manifestText(manifest));
    terminal.out('It holds the keys of persons: keep it as secret as the ledger. admin.key is not in it.');
    return EXIT.good;
  });
}

/** What a backup is, in words. */
export function manifestText({ createdAt, files, keys, ledger, log }: BackupManifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    `  taken    ${createdAt}`,
    `  events   ${grouped(log.events)} of ${grouped(log.streams)} streams, up to position ${log.head}; the chain is whole`,
    `  keys     ${keysText(keys)}`,
    `  ledger   time zone ${ledger.timeZone}, base currency ${ledger.baseCurrency}`,
    `  files    ${files.map(({ name }) => name).join(', ')} (${(bytes / 1e6).toFixed(1)} MB)`,
  ].join('\n');
}

import { ledgerPlace, type VerifiedLedger, verifyLedger } from '#ledger';
import { unlessCalledOff } from './called-off.js';
import { EXIT } from './exit-codes.js';
import { noWords, placeArguments } from './place-arguments.js';
import type { Terminal } from './terminal.js';
import { grouped, keysText, paceText, TransferBar } from './transfer-bar.js';

/** `keyledger verify [--from PLACE]`: whether nobody edited history. */
export async function verifyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const given = placeArguments(args, ['from'], ['from-prefix'], ['json']);
  noWords(given, 'verify');
  const place = ledgerPlace(given.from ?? ['env'], terminal.env, given.texts['from-prefix']);
  const bar = new TransferBar(terminal);
  return unlessCalledOff(terminal, 'The log was not gone through to its end.', async () => {
    const started = Date.now();
    const found = await verifyLedger(place, terminal.signal, bar.show).finally(() => bar.end());
    const text = verificationText(place.shown, found, (Date.now() - started) / 1_000);
    if (given.flags.has('json')) {
      terminal.err(text);
      const { keys, ledger, log } = found;
      terminal.out(JSON.stringify({ ledger, keys, ...log }, withPositionTexts, 2));
    } else terminal.out(text);
    return found.log.faultCount === 0 ? EXIT.good : EXIT.failed;
  });
}

function verificationText(shown: string, found: VerifiedLedger, seconds: number): string {
  const { keys, ledger, log } = found;
  const { events, faultCount, faults, head, streams } = log;
  return [
    `Verified ${shown}`,
    `  events   ${grouped(events)} in ${seconds.toFixed(1)} s${paceText(events, seconds)}, of ${grouped(streams)} streams, up to position ${head}`,
    `  keys     ${keysText(keys)}`,
    ledger === undefined
      ? '  ledger   time zone and base currency cannot be told'
      : `  ledger   time zone ${ledger.timeZone}, base currency ${ledger.baseCurrency}`,
    faultCount === 0
      ? '  chain    whole: every hash recomputed and linked, no revision missing, no id twice in a stream, no time reversed'
      : `  chain    BROKEN: ${grouped(faultCount)} ${faultCount === 1 ? 'fault' : 'faults'}`,
    ...faults.map(({ code, complaint, position, revision, stream }) => {
      return `  revision ${revision} of the stream "${stream}" (position ${position}) ${complaint} [${code}]`;
    }),
    ...(faultCount > faults.length ? ['  … and more'] : []),
  ].join('\n');
}

/** Positions have 64 bits, which JSON's readers round. */
function withPositionTexts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

import { basename, dirname, join } from 'node:path';
import { type LedgerPlace, ledgerPlace, type MoveAnswer, makeReadModels, moveLedger } from '#ledger';
import { unlessCalledOff } from './called-off.js';
import { EXIT, UsageError } from './exit-codes.js';
import { noWords, placeArguments } from './place-arguments.js';
import type { Terminal } from './terminal.js';
import { grouped, keysText, paceText, TransferBar } from './transfer-bar.js';

/** `keyledger copy --from PLACE --to PLACE …` */
export async function copyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const given = placeArguments(
    args,
    ['from', 'to'],
    ['positions', 'from-prefix', 'to-prefix'],
    ['rebuild', 'compare-all'],
  );
  noWords(given, 'copy');
  const { flags, from: source, texts, to: target } = given;
  if (source === undefined || target === undefined) throw new UsageError('keyledger copy needs --from and --to.');
  const from = ledgerPlace(source, terminal.env, texts['from-prefix']);
  const to = ledgerPlace(target, terminal.env, texts['to-prefix']);
  const positions = texts.positions ?? defaultPositions(to);
  const bar = new TransferBar(terminal);
  return unlessCalledOff(terminal, 'Run the same command again to go on.', async () => {
    try {
      const started = Date.now();
      const options = {
        positions,
        compareAll: flags.has('compare-all'),
        signal: terminal.signal,
        onProgress: bar.show,
      };
      const answer = await moveLedger(from, to, options);
      bar.end();
      terminal.out(copySummary(from, to, answer, positions, (Date.now() - started) / 1_000));
      if (flags.has('rebuild')) return await rebuild(to, answer, terminal, bar);
      terminal.out('The read models are made by the next start there, or now with --rebuild.');
      return EXIT.good;
    } finally {
      bar.end();
    }
  });
}

/** Beside a target folder; for servers in the current one. */
function defaultPositions({ config }: LedgerPlace): string {
  return config.eventStoreDbUrl === undefined
    ? join(dirname(config.dataDir), `${basename(config.dataDir)}.positions.csv`)
    : 'keyledger.positions.csv';
}

async function rebuild(to: LedgerPlace, { ledger }: MoveAnswer, terminal: Terminal, bar: TransferBar): Promise<number> {
  const started = Date.now();
  await makeReadModels(to, ledger, terminal.signal, (share) => bar.show({ phase: 'projecting', events: 0, share }));
  bar.end();
  if (terminal.signal.aborted) {
    terminal.err('Called off: the ledger is copied, and the next start there finishes its read models.');
    return EXIT.interrupted;
  }
  terminal.out(`The read models are up to date (${((Date.now() - started) / 1_000).toFixed(1)} s).`);
  return EXIT.good;
}

function copySummary(
  from: LedgerPlace,
  to: LedgerPlace,
  answer: MoveAnswer,
  positions: string,
  seconds: number,
): string {
  const { copied, head, keys, ledger, reordered, streams } = answer;
  return [
    `Copied ${from.shown}`,
    `    to ${to.shown}`,
    copied === 0
      ? `  events copied   0 in ${seconds.toFixed(1)} s: nothing is new`
      : `  events copied   ${grouped(copied)} in ${seconds.toFixed(1)} s${paceText(copied, seconds)}, of ${grouped(streams)} ${streams === 1 ? 'stream' : 'streams'}`,
    `  there already   ${alreadyText(answer)}`,
    `  chain           every hash recomputed, at the source and of what the target gives back`,
    ...(reordered === 0
      ? []
      : [`  order           ${grouped(reordered)} events changed places with one of another stream`]),
    `  keys            ${keysText(keys.kinds)} (${grouped(keys.added)} added, ${grouped(keys.removed)} destroyed)`,
    `  head            position ${head.source} at the source is ${head.target} at the target`,
    `  positions       ${positions}`,
    `  ledger          time zone ${ledger.timeZone}, base currency ${ledger.baseCurrency}`,
  ].join('\n');
}

function alreadyText({ compared, vouched }: MoveAnswer): string {
  const again = `${grouped(compared)} ${compared === 1 ? 'event' : 'events'} compared`;
  return vouched === undefined
    ? again
    : `up to position ${vouched.source}, as the map of an earlier run tells${compared === 0 ? '' : `; ${again}`}`;
}

import { parseArgs } from 'node:util';
import { abandonRebuild, type OpenedRebuildContext, openRebuildContext, runRebuild } from '#ledger';
import { type RebuildOrder, type RebuildRecord, readConfig } from '#platform';
import { CliError, EXIT, UsageError } from './exit-codes.js';
import { RebuildProgress } from './rebuild-progress.js';
import { rebuildSummary } from './rebuild-summary.js';
import type { Terminal } from './terminal.js';

/** What one run of `keyledger rebuild` is asked to do. */
interface RebuildArguments {
  readonly order: RebuildOrder;
  readonly abandon: boolean;
  readonly json: boolean;
}

/** `keyledger rebuild [NAME…] …` */
export async function rebuildCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { abandon, json, order } = readArguments(args);
  const context = await openRebuildContext(readConfig(terminal.env));
  try {
    if ((await context.eventStore.head()) === undefined) {
      throw new CliError('There is no ledger in the place that the environment names.');
    }
    const record = abandon ? await abandonRebuild(context, terminal.signal) : await rebuild(context, order, terminal);
    if (record === undefined) {
      terminal.err('Called off: what served serves on. Run the same command again to go on.');
      return EXIT.interrupted;
    }
    const summary = rebuildSummary(record);
    if (json) {
      terminal.err(summary);
      terminal.out(JSON.stringify(record, null, 2));
    } else terminal.out(summary);
    return exitCodeOf(record, abandon);
  } catch (error) {
    if (terminal.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    await context.close();
  }
}

/** @returns undefined when it was called off */
async function rebuild(
  context: OpenedRebuildContext,
  order: RebuildOrder,
  terminal: Terminal,
): Promise<RebuildRecord | undefined> {
  const progress = new RebuildProgress(terminal);
  const told = {
    ...context,
    onProgress: (record: RebuildRecord) => progress.show(record),
    onRetry: (error: Error) => progress.say(`${error.message} Trying again.`),
  };
  try {
    return await runRebuild(told, order, terminal.signal);
  } catch (error) {
    if (terminal.signal.aborted) return undefined;
    throw error;
  } finally {
    progress.end();
  }
}

/** Good when it came to what was asked for: also a comparison without differences that was not to switch. */
function exitCodeOf({ differing, phase }: RebuildRecord, abandon: boolean): number {
  if (phase === 'done') return EXIT.good;
  if (phase === 'abandoned') return abandon ? EXIT.good : EXIT.failed;
  return differing === 0 ? EXIT.good : EXIT.failed;
}

function readArguments(args: readonly string[]): RebuildArguments {
  const { positionals: names, values } = parseRebuildArguments(args);
  const given = Object.entries(values).flatMap(([name, value]) => (value === true ? [name] : []));
  refuseTogether(given, ['rollback', 'abandon', 'no-switch', 'accept-differences']);
  if (values.abandon === true && (names.length > 0 || values['drop-old'] === true)) {
    throw new UsageError('--abandon gives up the one rebuild that waits or runs: it takes nothing else.');
  }
  const rule = values['no-switch'] ? 'never' : values['accept-differences'] ? 'always' : 'when-equal';
  return {
    order: {
      kind: values.rollback === true ? 'rollback' : 'rebuild',
      names: [...new Set(names)],
      ...(values.rollback === true ? {} : { switch: rule }),
      dropOld: values['drop-old'] === true,
    },
    abandon: values.abandon === true,
    json: values.json === true,
  };
}

function parseRebuildArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'no-switch': { type: 'boolean' },
        'accept-differences': { type: 'boolean' },
        rollback: { type: 'boolean' },
        abandon: { type: 'boolean' },
        'drop-old': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function refuseTogether(given: readonly string[], alternatives: readonly string[]): void {
  const both = alternatives.filter((name) => given.includes(name));
  if (both.length > 1) throw new UsageError(`--${both[0]} and --${both[1]} do not go together.`);
}

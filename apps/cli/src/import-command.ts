import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ZonedCalendar } from '#calendar';
import {
  IMPORT_KINDS,
  type ImportAnswer,
  Importer,
  type ImportFormat,
  type ImportKind,
  type ImportMap,
  type ImportRequest,
  MapError,
  parseImportMap,
} from '#imports';
import { type Ledger, openLedger } from '#ledger';
import { type CommandEnvelope, type CommandSender, readConfig } from '#platform';
import { errorText } from './error-text.js';
import { CliError, EXIT, UsageError } from './exit-codes.js';
import { ImportProgress } from './import-progress.js';
import { importSummary } from './import-summary.js';
import { openSourceFile } from './source-file.js';
import type { Terminal } from './terminal.js';

/** What one run of `keyledger import` is asked to do. */
export interface ImportOrder {
  readonly file: string;
  readonly kind: ImportKind;
  readonly mapFile?: string;
  readonly format?: ImportFormat;
  readonly dryRun: boolean;
  readonly onError: 'skip' | 'stop';
}

const MAX_MAP_LENGTH = 1_048_576;

/** `keyledger import FILE --kind K …` */
export async function importCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { json, ...order } = readArguments(args);
  const config = readConfig(terminal.env);
  const started = Date.now();
  const tell = (answer: ImportAnswer): void => {
    const summary = importSummary(answer, (Date.now() - started) / 1_000);
    if (json) {
      terminal.err(summary);
      terminal.out(JSON.stringify(answer, null, 2));
    } else {
      terminal.out(summary);
    }
  };
  let answer: ImportAnswer;
  if (order.dryRun) {
    // Nothing is recorded, so no ledger is opened or made.
    answer = await importFile(order, nobody, new ZonedCalendar(config.timeZone), terminal);
    tell(answer);
  } else {
    const ledger = await openLedger(config);
    // Opening a ledger may take its time; where no bar is drawn, this says that the file's turn has come.
    if (!terminal.interactive) terminal.err(`Importing ${order.kind} from ${order.file}.`);
    try {
      answer = await importFile(order, ledger.commands, ledger.settings.calendar, terminal);
      // Before the read models, which may take long or be called off: what was recorded stays.
      tell(answer);
      if (config.projector === 'inline') await bringReadModelsUpToDate(ledger, terminal);
    } finally {
      await ledger.close();
    }
  }
  if (answer.stopped === 'interrupted') return EXIT.interrupted;
  return answer.stopped === undefined && answer.documents.rejected === 0 ? EXIT.good : EXIT.failed;
}

/**
 * So that what was imported is seen as soon as the command ends. Where another projector is at work already, both come to
 * the same; where the command is called off, the next projector goes on from here.
 */
async function bringReadModelsUpToDate(ledger: Ledger, terminal: Terminal): Promise<void> {
  if (terminal.signal.aborted) return;
  const started = Date.now();
  await ledger.projectUpToDate(terminal.signal);
  const seconds = (Date.now() - started) / 1_000;
  if (!terminal.signal.aborted) terminal.err(`The read models are up to date (${seconds.toFixed(1)} s).`);
}

/** Imports one file, telling the terminal how far it is. @throws CliError, UsageError, Problem */
export async function importFile(
  order: ImportOrder,
  commands: CommandSender,
  calendar: ZonedCalendar,
  terminal: Terminal,
): Promise<ImportAnswer> {
  const map = order.mapFile === undefined ? undefined : await readMap(order.mapFile, order.kind);
  const file = await openSourceFile(order.file, order.format);
  const progress = new ImportProgress(terminal, file);
  const request: ImportRequest = {
    kind: order.kind,
    format: file.format,
    source: file.bytes,
    ...(map !== undefined && { map }),
    dryRun: order.dryRun,
    onError: order.onError,
    envelope: commandLineEnvelope(),
    signal: terminal.signal,
    onProgress: (counts) => progress.show(counts),
  };
  const { answer, failure } = await new Importer(commands, calendar).run(request).finally(() => progress.end());
  if (failure !== undefined) terminal.err(`keyledger: ${errorText(failure)}`);
  return answer;
}

function readArguments(args: readonly string[]): ImportOrder & { readonly json: boolean } {
  const { positionals, values } = parseImportArguments(args);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('keyledger import takes one file.');
  const kind = oneOf('--kind', values.kind, IMPORT_KINDS);
  if (kind === undefined) throw new UsageError(`--kind is missing: one of ${IMPORT_KINDS.join(', ')}.`);
  const format = oneOf('--format', values.format, ['csv', 'ndjson'] as const);
  return {
    file,
    kind,
    ...(values.map !== undefined && { mapFile: values.map }),
    ...(format !== undefined && { format }),
    dryRun: values['dry-run'] ?? false,
    onError: oneOf('--on-error', values['on-error'], ['skip', 'stop'] as const) ?? 'skip',
    json: values.json ?? false,
  };
}

function parseImportArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kind: { type: 'string' },
        map: { type: 'string' },
        format: { type: 'string' },
        'dry-run': { type: 'boolean' },
        'on-error': { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function oneOf<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`${option} must be one of ${allowed.join(', ')}, not "${value}".`);
  return found;
}

async function readMap(path: string, kind: ImportKind): Promise<ImportMap> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CliError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (text.length > MAX_MAP_LENGTH) throw new CliError(`${path} is too long for a map.`);
  try {
    return parseImportMap(JSON.parse(text), kind);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new CliError(`${path} is not JSON: ${cause.message}`, { cause });
    if (cause instanceof MapError) throw new CliError(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** Whoever can run the program on the ledger's own stores may do anything to them. */
function commandLineEnvelope(): CommandEnvelope {
  return {
    actor: 'cli',
    role: 'admin',
    source: 'import',
    correlationId: randomUUID(),
    receivedAt: new Date().toISOString(),
  };
}

const nobody: CommandSender = {
  send: () => Promise.reject(new Error('a dry run sends nothing')),
};

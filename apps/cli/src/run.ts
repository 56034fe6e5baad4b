import { EXIT, UsageError } from './exit-codes.js';
import { HELP } from './help.js';
import { programVersion } from './program-folder.js';
import type { Terminal } from './terminal.js';

type Command = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** Loaded when they are asked for: the ledger behind them takes half a second to load. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['import', async () => (await import('./import-command.js')).importCommand],
  ['copy', async () => (await import('./copy-command.js')).copyCommand],
  ['verify', async () => (await import('./verify-command.js')).verifyCommand],
  ['backup', async () => (await import('./backup-command.js')).backupCommand],
  ['restore', async () => (await import('./restore-command.js')).restoreCommand],
  ['rebuild', async () => (await import('./rebuild-command.js')).rebuildCommand],
  ['demo', async () => (await import('./demo-command.js')).demoCommand],
]);

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`keyledger: ${error.message}\nTry "keyledger help".`);
      return EXIT.usage;
    }
    const { errorText } = await import('./error-text.js');
    terminal.err(`keyledger: ${errorText(error)}`);
    return EXIT.failed;
  }
}

async function dispatch([command, ...args]: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(HELP);
    return EXIT.good;
  }
  switch (command) {
    case 'help':
    case '--help':
    case '-h':
      terminal.out(HELP);
      return EXIT.good;
    case '--version':
    case '-v':
      terminal.out(programVersion());
      return EXIT.good;
    case undefined:
      throw new UsageError('What is to be done?');
  }
  const load = COMMANDS.get(command);
  if (load === undefined) throw new UsageError(`There is no command "${command}".`);
  const run = await load();
  return run(args, terminal);
}

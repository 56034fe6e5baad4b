import { demoCommand } from './demo-command.js';
import { errorText } from './error-text.js';
import { EXIT, UsageError } from './exit-codes.js';
import { HELP } from './help.js';
import { importCommand } from './import-command.js';
import { programVersion } from './program-folder.js';
import type { Terminal } from './terminal.js';

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`keyledger: ${error.message}\nTry "keyledger help".`);
      return EXIT.usage;
    }
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
    case 'import':
      return importCommand(args, terminal);
    case 'demo':
      if (args.length > 0) throw new UsageError('keyledger demo takes no arguments.');
      return demoCommand(terminal);
    case 'help':
    case '--help':
    case '-h':
      terminal.out(HELP);
      return EXIT.good;
    case '--version':
    case '-v':
      terminal.out(await programVersion());
      return EXIT.good;
    case undefined:
      throw new UsageError('What is to be done?');
    default:
      throw new UsageError(`There is no command "${command}".`);
  }
}

import { TransferInterrupted } from '#transfer';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Does the work; where the command was called off meanwhile, says what then and gives the exit code for it. */
export async function unlessCalledOff(
  terminal: Terminal,
  whatThen: string,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransferInterrupted)) throw error;
    terminal.err(`Called off. ${whatThen}`);
    return EXIT.interrupted;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentOf, type LedgerEnvironment, terminated } from './ledger-process.js';

const PROJECTOR = join(import.meta.dirname, '..', '..', 'dist/programs/projector.js');

/** The built projector as a process of its own. */
export class ProjectorProcess {
  readonly output: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;

  constructor(settings: LedgerEnvironment) {
    this.#child = spawn(process.execPath, [PROJECTOR], {
      env: environmentOf(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#child, 'exit');
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      if (input === null) throw new Error('the child has no pipe');
      createInterface({ input }).on('line', (line) => this.output.push(line));
    }
  }

  /** Its exit code, when it has ended by itself. */
  get exit(): Promise<number | null> {
    return this.#exit.then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** `SIGTERM` lets it write what it has; its exit code, `null` where the signal ended it. @throws Error when it does not end */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (signal === 'SIGTERM') return terminated(this.#child, this.#exit, this.output);
    this.#child.kill(signal);
    const [code] = await this.#exit;
    return code as number | null;
  }
}

/** What a command may touch of the world, so that tests can stand in for it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What was asked for. */
  out(text: string): void;
  /** What is said beside it: progress, remarks, errors. */
  err(text: string): void;
  /** Whether progress may be drawn as a bar. */
  readonly interactive: boolean;
  /** Aborts when the command is called off. */
  readonly signal: AbortSignal;
}

/**
 * The process's own terminal. The first SIGINT or SIGTERM calls the command off; a second SIGINT ends the process at
 * once, as the ledger's stores allow at any moment.
 */
export function processTerminal(): Terminal {
  const calledOff = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (calledOff.signal.aborted) process.exit(130);
      calledOff.abort();
    });
  }
  // Whoever reads along (`keyledger … | head`) may have seen enough; the command's work goes on, and its exit code tells.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    env: process.env,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true,
    signal: calledOff.signal,
  };
}

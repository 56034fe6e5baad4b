/** What the shell is told. */
export const EXIT = {
  good: 0,
  /** Something was rejected or went wrong. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** Called off by a signal (128 + SIGINT, as shells have it). */
  interrupted: 130,
} as const;

/** A command line that makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that a person can mend; the message says what. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

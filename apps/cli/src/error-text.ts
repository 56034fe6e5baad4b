import { AppendOutcomeUnknown, StoreUnavailable } from '#event-sourcing';
import { ConfigError, Problem } from '#platform';
import { CliError } from './exit-codes.js';

/** What a person can act on in a sentence; anything else with its stack, for whoever mends the program. */
export function errorText(error: unknown): string {
  if (error instanceof Problem) return `${error.detail} [${error.code}]`;
  if (!(error instanceof Error)) return String(error);
  const isForPeople =
    error instanceof CliError ||
    error instanceof ConfigError ||
    error instanceof StoreUnavailable ||
    error instanceof AppendOutcomeUnknown;
  if (isForPeople) return error.message;
  // A file that ends too early, a disk that cannot be read: the system's own words.
  if ('code' in error && typeof error.code === 'string' && /^[EZ]/.test(error.code) && !error.code.startsWith('ERR_')) {
    return `The file cannot be read to its end: ${error.message} [${error.code}]`;
  }
  return error.stack ?? error.message;
}

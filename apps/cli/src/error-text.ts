import { AppendOutcomeUnknown, StoreUnavailable, UnreadableEvent } from '#event-sourcing';
import { ConfigError, Problem } from '#platform';
import { TransferRefused } from '#transfer';
import { CliError } from './exit-codes.js';

/** What a person can act on in a sentence; anything else with its stack, for whoever mends the program. */
export function errorText(error: unknown): string {
  if (error instanceof Problem) return `${error.detail} [${error.code}]`;
  if (error instanceof UnreadableEvent) {
    const { complaint, message, position, revision, stream } = error;
    return `${message} Revision ${revision} of the stream "${stream}" (position ${position}) cannot be read: ${complaint}.`;
  }
  if (!(error instanceof Error)) return String(error);
  const isForPeople =
    error instanceof CliError ||
    error instanceof ConfigError ||
    error instanceof StoreUnavailable ||
    error instanceof AppendOutcomeUnknown ||
    error instanceof TransferRefused;
  if (isForPeople) return error.message;
  return error.stack ?? error.message;
}

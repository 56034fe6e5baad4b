import type { QuarantinedStream, RecordedEvent } from '#event-sourcing';
import { composeLedger } from '#ledger';
import { readConfig } from '#platform';
import type { LedgerEnvironment } from './ledger-process.js';

/** A stream, and the event at which a projection (`orders.v1`) is to have stopped at it. */
export interface Stop {
  readonly projection: string;
  readonly stream: string;
  at(event: RecordedEvent): boolean;
}

/** Writes pointers as a projector does that stopped at streams; no event is one that the product's folds fail at. */
export async function parkStreams(
  environment: LedgerEnvironment,
  stops: readonly Stop[],
  error: string,
): Promise<readonly QuarantinedStream[]> {
  const opened = await composeLedger(readConfig(environment));
  const quarantined: QuarantinedStream[] = [];
  for (const { at: isStop, projection, stream } of stops) {
    for await (const event of opened.eventStore.readStream(stream)) {
      if (!isStop(event)) continue;
      const { id: eventId, position, revision, type } = event;
      const at = '2026-06-02T00:00:00.000Z';
      quarantined.push({ projection, stream, revision, position, eventId, type, error, at });
      break;
    }
  }
  await opened.readStore.write({ documents: [], checkpoints: [], quarantined });
  await opened.close();
  if (quarantined.length < stops.length) throw new Error('a stream has no such event');
  return quarantined;
}

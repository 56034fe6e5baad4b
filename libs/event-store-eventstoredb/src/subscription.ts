import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type EventBatch, type RecordedEvent, StoreUnavailable } from '#event-sourcing';
import { toRecordedEvent } from './recorded-event.js';
import type { ResponsePages } from './response-pages.js';

/**
 * Makes batches of the answers of a filtered subscription.
 * @param pages its answers
 * @param after events at or before this position are left out
 * @param firstAnswerWithin milliseconds; later there may be nothing to tell for ever
 * @throws StoreUnavailable when the subscription ends though nobody gave it up
 */
export async function* subscriptionBatches(
  pages: Pick<ResponsePages, 'next' | 'waiting'>,
  prefix: string,
  after: bigint | undefined,
  firstAnswerWithin: number,
  signal: AbortSignal,
): AsyncGenerator<EventBatch> {
  const progress = new Progress(after ?? 0n);
  let live = false;
  let toldCaughtUp = false;
  let page = await pages.next(firstAnswerWithin);
  while (page !== undefined && !signal.aborted) {
    const before = progress.position;
    const events: RecordedEvent[] = [];
    for (const response of page) {
      if (response.hasCaughtUp()) live = true;
      else if (response.hasFellBehind()) live = false;
      else if (response.hasCheckpoint()) progress.checkpoint(response.getCheckpoint());
      else if (response.hasEvent()) {
        const event = toRecordedEvent(response.getEvent()!, prefix);
        if (event.position > progress.position) {
          progress.delivered(event.position);
          events.push(event);
        }
      }
    }
    const caughtUp = live && !pages.waiting;
    if (events.length > 0 || progress.position > before || (caughtUp && !toldCaughtUp)) {
      yield { events, position: progress.position, caughtUp };
      toldCaughtUp = caughtUp;
    }
    page = await pages.next();
  }
  if (!signal.aborted) throw new StoreUnavailable('The event store ended the subscription.');
}

/**
 * Up to where everything has been delivered.
 *
 * A checkpoint whose prepare position is not its commit position names the place from which the server goes on: the
 * event there, one of ours perhaps, is still to come. It counts once something later has come.
 */
class Progress {
  #announced: bigint | undefined;

  constructor(public position: bigint) {}

  delivered(position: bigint): void {
    this.position = position;
    this.#announced = undefined;
  }

  checkpoint(checkpoint: ReadResp.Checkpoint | undefined): void {
    if (checkpoint === undefined) return;
    const commit = BigInt(checkpoint.getCommitPosition());
    if (commit <= this.position) return;
    if (BigInt(checkpoint.getPreparePosition()) === commit) {
      this.delivered(commit);
    } else {
      if (this.#announced !== undefined && this.#announced < commit) this.position = this.#announced;
      this.#announced = commit;
    }
  }
}

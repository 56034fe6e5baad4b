import { partitionOf } from '../partition.js';
import { type Projection, spansStreams } from '../projection.js';
import type { DocumentWrite, QuarantinedStream, ReadStore, RedrivenStream } from '../read-store.js';
import type { ReadModelContext } from './read-model.js';
import { readModelOf } from './read-models.js';

/** Whether somebody asked for the stream to be tried again, and it can be in its place. */
export function awaitsRedrive(
  { redriveRequestedAt }: QuarantinedStream,
  projection: Projection | undefined,
): projection is Projection {
  return redriveRequestedAt !== undefined && projection !== undefined && !spansStreams(projection);
}

export interface RedriveContext extends ReadModelContext {
  readonly readStore: ReadModelContext['readStore'] & Pick<ReadStore, 'write'>;
  readonly session?: string;
}

const PAGE = 2_000;

/**
 * Makes a quarantined stream's documents anew, from its first event on, and writes them together with the end of the
 * quarantine. What is stored of them already is the same or older. So it does not matter what a redrive that was cut off
 * has left, and the outcome is that of a stream that never stopped.
 * @param upTo up to where the projection is; the events behind are still to come in the log's order
 * @param discarded ids of events that the projection skips for ever
 * @throws LeaseLost, StoreUnavailable
 */
export async function redriveStream(
  { projection: name, stream, redriveRequestedAt: requestedAt }: QuarantinedStream,
  projection: Projection,
  context: RedriveContext,
  upTo: bigint,
  discarded: ReadonlySet<string>,
): Promise<RedrivenStream> {
  const { eventStore, readStore, registry, session } = context;
  const model = readModelOf(projection, context, { position: 0n, quarantined: [], discarded });
  const partition = partitionOf(stream);
  const foldPage = (position: bigint) => {
    model.look(true);
    model.fold(position, true);
  };
  let inPage = 0;
  for await (const recorded of eventStore.readStream(stream)) {
    if (recorded.position > upTo) break;
    const event = registry.upcast(recorded);
    if (projection.events.includes(event.type)) model.offer(event, partition);
    inPage += 1;
    if (inPage % PAGE === 0) foldPage(recorded.position);
  }
  foldPage(upTo);
  const [documents, removals]: [DocumentWrite[], DocumentWrite[]] = [[], []];
  model.collect(documents, removals);
  const [parked = null] = model.takeParked();
  const redriven: RedrivenStream = { projection: name, stream, requestedAt, parked };
  const ours = session === undefined ? {} : { session };
  if (removals.length > 0) await readStore.write({ documents: removals, checkpoints: [], ...ours });
  await readStore.write({ documents, checkpoints: [], redriven: [redriven], ...ours });
  return redriven;
}

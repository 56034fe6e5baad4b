import type { DocumentWrite, QuarantinedStream, ReadStore } from '../read-store.js';
import type { ReadModel } from './read-model.js';

/**
 * Writes all that has changed, together with the checkpoints.
 *
 * What must not get lost where half of that is stored goes in a write of its own before: which documents are taken away,
 * for nothing of them may be left; and which streams are stopped, for an event that a newer document has behind it is
 * not folded again, and would not fail again.
 * @returns whether there was something to write
 * @param session the projector's that writes, if it shares its work with others
 * @param onStopped told of each stopped stream when its pointer is stored, also where what is written next is not
 * @throws StoreUnavailable, LeaseLost, TypeError for a document that does not fit its collection
 */
export async function flushReadModels(
  readStore: Pick<ReadStore, 'write'>,
  models: readonly ReadModel[],
  session?: string,
  onStopped?: (stream: QuarantinedStream) => void,
): Promise<boolean> {
  const documents: DocumentWrite[] = [];
  const removals: DocumentWrite[] = [];
  for (const model of models) model.collect(documents, removals);
  const quarantined = models.flatMap((model) => model.takeParked());
  const moved = models.filter(({ position, writtenPosition }) => position > writtenPosition);
  if (documents.length === 0 && moved.length === 0) return false;
  const ours = session === undefined ? {} : { session };
  if (removals.length > 0 || quarantined.length > 0) {
    await readStore.write({ documents: removals, checkpoints: [], quarantined, ...ours });
    for (const stream of quarantined) onStopped?.(stream);
  }
  const checkpoints = moved.map(({ name, position }) => ({ projection: name, position }));
  await readStore.write({ documents, checkpoints, quarantined, ...ours });
  for (const model of models) {
    model.written();
    model.writtenPosition = model.position;
  }
  return true;
}

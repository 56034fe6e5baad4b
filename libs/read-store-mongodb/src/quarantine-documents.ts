import type { AnyBulkWriteOperation, ClientSession, Collection, Db } from 'mongodb';
import type { QuarantinedStream, RedrivenStream } from '#event-sourcing';

interface QuarantinedRow extends QuarantinedStream {
  readonly _id: string;
}

/** The quarantined streams in MongoDB. */
export class QuarantineDocuments {
  readonly name = '_quarantined';
  private readonly rows: Collection<QuarantinedRow>;

  constructor(database: Db) {
    this.rows = database.collection<QuarantinedRow>(this.name);
  }

  async all(): Promise<QuarantinedStream[]> {
    const sort = { projection: 1, position: 1, stream: 1 } as const;
    const rows = await this.rows.find({}, { sort }).toArray();
    return rows.map(({ _id, ...each }) => each);
  }

  /** The first one stands: a stream stops once. */
  async park(quarantined: readonly QuarantinedStream[], options: { session?: ClientSession }): Promise<void> {
    if (quarantined.length === 0) return;
    const insertions = quarantined.map((each) => ({
      updateOne: { filter: { _id: rowId(each) }, update: { $setOnInsert: { ...each } }, upsert: true },
    }));
    await this.rows.bulkWrite(insertions, options);
  }

  /** There is no moment without a pointer to a stream that is still held back. */
  async settle(redriven: readonly RedrivenStream[], options: { session?: ClientSession }): Promise<void> {
    if (redriven.length === 0) return;
    await this.rows.bulkWrite(redriven.flatMap(settlement), options);
  }

  async requestRedrive(projection: string, stream: string, at: string): Promise<boolean> {
    const filter = { _id: rowId({ projection, stream }) };
    const { matchedCount } = await this.rows.updateOne(filter, { $set: { redriveRequestedAt: at } });
    return matchedCount > 0;
  }

  async forget(projections: readonly string[]): Promise<void> {
    await this.rows.deleteMany({ projection: { $in: projections } });
  }
}

/** In this order: a stream whose settlement is cut off in between is tried again. */
function settlement({ requestedAt, parked, ...stream }: RedrivenStream): AnyBulkWriteOperation<QuarantinedRow>[] {
  const _id = rowId(stream);
  if (parked === null) return [{ deleteOne: { filter: { _id } } }];
  const stopped = { updateOne: { filter: { _id }, update: { $set: { ...parked } }, upsert: true } };
  if (requestedAt === undefined) return [stopped];
  const ofRequest = { _id, redriveRequestedAt: requestedAt };
  return [stopped, { updateOne: { filter: ofRequest, update: { $unset: { redriveRequestedAt: true } } } }];
}

function rowId({ projection, stream }: Pick<QuarantinedStream, 'projection' | 'stream'>): string {
  return JSON.stringify([projection, stream]);
}

import type { ClientSession, Collection, Db } from 'mongodb';
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

  /** Each in one change of one document: no moment without a pointer to a stream that is still held back. */
  async settle(redriven: readonly RedrivenStream[], options: { session?: ClientSession }): Promise<void> {
    if (redriven.length === 0) return;
    const changes = redriven.map(({ parked, ...stream }) =>
      parked === null
        ? { deleteOne: { filter: { _id: rowId(stream) } } }
        : { replaceOne: { filter: { _id: rowId(stream) }, replacement: parked, upsert: true } },
    );
    await this.rows.bulkWrite(changes, options);
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

function rowId({ projection, stream }: Pick<QuarantinedStream, 'projection' | 'stream'>): string {
  return JSON.stringify([projection, stream]);
}

import { Binary, type Collection } from 'mongodb';
import { SnapshotLost, type SnapshotSegment, type SnapshotStore, type StoredSnapshot } from '#event-sourcing';
import { MongoConnection, type MongoStoreOptions } from './mongo-connection.js';

const NAME = 'The snapshot store';
/** A command takes 48 MB; pages have some 16 kB. */
const PAGES_A_COMMAND = 256;

interface StoredHead {
  /** The stream. */
  readonly _id: string;
  readonly head: string;
  readonly segments: readonly { readonly id: string; readonly pages: number }[];
}

interface StoredPage {
  readonly _id: string;
  readonly stream: string;
  readonly segment: string;
  readonly number: number;
  readonly bytes: Binary;
}

/**
 * Snapshots in MongoDB, a page a document: pages are written first, the head last. All pages of a stream are fetched with
 * its head, because who decides cannot wait for a server.
 */
export class MongoSnapshotStore implements SnapshotStore {
  private readonly heads: Collection<StoredHead>;
  private readonly pages: Collection<StoredPage>;

  private constructor(private readonly connection: MongoConnection) {
    this.heads = connection.database.collection('_snapshots');
    this.pages = connection.database.collection('_snapshot_pages');
  }

  /** @throws StoreUnavailable */
  static async open(options: MongoStoreOptions): Promise<MongoSnapshotStore> {
    const store = new MongoSnapshotStore(await MongoConnection.open(NAME, options));
    try {
      await store.connection.call(() => store.pages.createIndex({ stream: 1, segment: 1 }));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async load(stream: string): Promise<StoredSnapshot | undefined> {
    return this.connection.call(async () => {
      const stored = await this.heads.findOne({ _id: stream });
      if (stored === null) return undefined;
      const ids = stored.segments.map(({ id }) => id);
      const found = await this.pages.find({ stream: { $eq: stream }, segment: { $in: ids } }).toArray();
      const pages = new Map(found.map(({ _id, bytes }) => [_id, bytes.buffer]));
      if (stored.segments.some((segment) => pageIds(segment).some((id) => !pages.has(id)))) return undefined;
      return { head: stored.head, segments: stored.segments.map((segment) => segmentOf(segment, pages)) };
    });
  }

  async save(stream: string, { head, segments }: StoredSnapshot): Promise<readonly SnapshotSegment[]> {
    const listed = segments.map(({ id, pages }) => ({ id, pages }));
    await this.connection.call(async () => {
      for (const segment of segments) await this.insertMissing(stream, segment);
      await this.heads.replaceOne({ _id: stream }, { head, segments: listed }, { upsert: true });
      // Another process may have saved its own meanwhile.
      const named = (await this.heads.findOne({ _id: stream }))?.segments ?? [];
      await this.pages.deleteMany({ stream: { $eq: stream }, segment: { $nin: named.map(({ id }) => id) } });
    });
    return segments;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async insertMissing(stream: string, segment: SnapshotSegment): Promise<void> {
    const there = await this.pages.countDocuments({ stream: { $eq: stream }, segment: { $eq: segment.id } });
    if (there === segment.pages) return;
    const ids = pageIds(segment);
    for (let first = 0; first < ids.length; first += PAGES_A_COMMAND) {
      await this.pages.bulkWrite(
        ids.slice(first, first + PAGES_A_COMMAND).map((_id, index) => {
          const number = first + index;
          const bytes = new Binary(segment.page(number));
          return {
            replaceOne: { filter: { _id }, replacement: { stream, segment: segment.id, number, bytes }, upsert: true },
          };
        }),
        { ordered: false },
      );
    }
  }
}

function segmentOf(listed: StoredHead['segments'][number], pages: ReadonlyMap<string, Uint8Array>): SnapshotSegment {
  const { id, pages: count } = listed;
  return {
    id,
    pages: count,
    held: true,
    page(number) {
      const bytes = pages.get(`${id}/${number}`);
      if (bytes === undefined) throw new SnapshotLost('a page of this snapshot is missing');
      return bytes;
    },
  };
}

function pageIds({ id, pages }: { readonly id: string; readonly pages: number }): string[] {
  return Array.from({ length: pages }, (_, number) => `${id}/${number}`);
}

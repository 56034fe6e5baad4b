import { SnapshotLost, type SnapshotSegment, type SnapshotStore, type StoredSnapshot } from '#event-sourcing';

interface Stored {
  readonly head: string;
  readonly segments: readonly { readonly id: string; readonly pages: number }[];
}

/** Snapshots in maps: the port at its plainest, for tests of what works on one. All bytes are copied in and out. */
export class InMemorySnapshotStore implements SnapshotStore {
  readonly heads = new Map<string, Stored>();
  /** By stream and `<segment>/<number>`. */
  readonly pages = new Map<string, Map<string, Uint8Array>>();

  async load(stream: string): Promise<StoredSnapshot | undefined> {
    const stored = this.heads.get(stream);
    if (stored === undefined) return undefined;
    return { head: stored.head, segments: stored.segments.map((segment) => this.#segmentOf(stream, segment)) };
  }

  async save(stream: string, { head, segments }: StoredSnapshot): Promise<readonly SnapshotSegment[]> {
    const before = this.pages.get(stream);
    const after = new Map<string, Uint8Array>();
    for (const segment of segments) {
      for (let number = 0; number < segment.pages; number++) {
        const key = `${segment.id}/${number}`;
        after.set(key, before?.get(key) ?? Uint8Array.from(segment.page(number)));
      }
    }
    this.pages.set(stream, after);
    this.heads.set(stream, { head, segments: segments.map(({ id, pages }) => ({ id, pages })) });
    return segments.map((segment) => this.#segmentOf(stream, segment));
  }

  async close(): Promise<void> {}

  #segmentOf(stream: string, { id, pages }: Stored['segments'][number]): SnapshotSegment {
    return { id, pages, held: false, page: (number) => this.#page(stream, id, number) };
  }

  #page(stream: string, id: string, number: number): Uint8Array {
    const bytes = this.pages.get(stream)?.get(`${id}/${number}`);
    if (bytes === undefined) throw new SnapshotLost('a newer snapshot was saved');
    return Uint8Array.from(bytes);
  }
}

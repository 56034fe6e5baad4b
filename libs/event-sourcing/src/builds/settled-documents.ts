import type { Document, DocumentKey, ReadStore, StoredDocument } from '../read-store.js';
import type { ComparedBuilds } from './build-comparison.js';
import { documentText } from './document-text.js';

/** A document on both sides; undefined: it is not there. */
export interface SettledPair {
  readonly key: DocumentKey;
  readonly live: Document | undefined;
  readonly made: Document | undefined;
  /** It never came to rest: both sides are as they were last seen, at different events. */
  readonly unsettled: boolean;
}

export interface SettlingOptions {
  readonly readStore: Pick<ReadStore, 'getMany' | 'checkpoints'>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly signal: AbortSignal;
}

/** A pair that is not settled yet, as it was when it was seen like this for the first time. */
interface OpenPair {
  readonly key: DocumentKey;
  seen?: {
    readonly live: bigint | undefined;
    readonly made: bigint | undefined;
    /** When both builds are here, everything has come that could still make them equal. */
    readonly settledAt: bigint;
  };
}

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;
/** With the pauses, more than half a minute. */
const ATTEMPTS = 400;

/**
 * Looks at documents that differ until that means something: they are equal after all, or differ at the same event, or
 * stay as they are although each build has what the other had.
 */
export class SettledDocuments {
  constructor(
    private readonly builds: ComparedBuilds,
    private readonly fields: readonly string[],
    private readonly options: SettlingOptions,
  ) {}

  /** In no order. @throws StoreUnavailable; the signal's reason when it is aborted */
  async *pairs(keys: readonly DocumentKey[]): AsyncGenerator<SettledPair> {
    const { sleep, signal } = this.options;
    let open = keys.map((key): OpenPair => ({ key }));
    let pause = FIRST_PAUSE;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS;
      const left: OpenPair[] = [];
      for (const { pair, settled } of await this.#look(open, last)) {
        if (settled === undefined) left.push(pair);
        else yield settled;
      }
      if (left.length === 0) return;
      open = left;
      await sleep(pause, signal);
      signal.throwIfAborted();
      pause = Math.min(pause * 1.3, LONGEST_PAUSE);
    }
  }

  async #look(open: readonly OpenPair[], last: boolean): Promise<{ pair: OpenPair; settled?: SettledPair }[]> {
    const { readStore } = this.options;
    const { live, made } = this.builds;
    const keys = open.map(({ key }) => key);
    // Before the documents, so that these hold at least what the checkpoints say …
    const reached = await this.#reached((one, other) => (one < other ? one : other));
    const lives = await readStore.getMany(live.collection.name, keys);
    const mades = await readStore.getMany(made.collection.name, keys);
    // … and after them, so that they hold at most that.
    const furthest = await this.#reached((one, other) => (one > other ? one : other));
    return open.map((pair, index) => {
      const [ours, theirs] = [lives[index], mades[index]];
      const settled = { key: pair.key, live: ours?.document, made: theirs?.document, unsettled: false };
      if (this.#areEqual(ours, theirs) || (ours !== undefined && ours.position === theirs?.position)) {
        return { pair, settled };
      }
      const { seen } = pair;
      if (seen === undefined || seen.live !== ours?.position || seen.made !== theirs?.position) {
        const settledAt = [furthest, ours?.position ?? 0n, theirs?.position ?? 0n].reduce((a, b) => (a > b ? a : b));
        pair.seen = { live: ours?.position, made: theirs?.position, settledAt };
      } else if (reached >= seen.settledAt) return { pair, settled };
      return last ? { pair, settled: { ...settled, unsettled: true } } : { pair };
    });
  }

  #areEqual(one: StoredDocument | undefined, other: StoredDocument | undefined): boolean {
    if (one === undefined || other === undefined) return one === other;
    return documentText(this.fields, one.document) === documentText(this.fields, other.document);
  }

  async #reached(which: (one: bigint, other: bigint) => bigint): Promise<bigint> {
    const { live, made } = this.builds;
    const checkpoints = new Map(
      (await this.options.readStore.checkpoints()).map((each) => [each.projection, each.position]),
    );
    return which(checkpoints.get(live.checkpoint) ?? 0n, checkpoints.get(made.checkpoint) ?? 0n);
  }
}

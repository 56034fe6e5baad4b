import type { AppendPatience, EventStore, KeyedStore, RecordedEvent } from '#event-sourcing';
import { ChainCheck, positionGap } from './chain-check.js';
import { assertSame, compareLogs, eventAt, type PositionPair } from './compare-logs.js';
import { copyKeys, type KeyCopy } from './copy-keys.js';
import { OrderedAppends } from './ordered-appends.js';
import { PositionMap } from './position-map.js';
import { type OnTransferProgress, WalkProgress } from './transfer-progress.js';
import { TransferRefused } from './transfer-refused.js';

/** What of a ledger is moved: everything but its read models, which are made again from the events. */
export interface LedgerStores {
  readonly eventStore: EventStore;
  readonly keyedStore: KeyedStore;
}

export interface CopyOptions {
  readonly source: LedgerStores;
  readonly target: LedgerStores;
  /** Path of the map of positions, which is made, or gone on with. */
  readonly positions: string;
  /** Compare everything that is at the target, also what an earlier run did as its map of positions tells. */
  readonly compareAll?: boolean;
  readonly patience: AppendPatience;
  readonly signal: AbortSignal;
  readonly onProgress: OnTransferProgress;
}

export interface CopyAnswer {
  /** Up to where the map of an earlier run vouches for what is at the target; `undefined` where all was compared now. */
  readonly vouched: PositionPair | undefined;
  /** Events that were at the target already and are not vouched for. */
  readonly compared: number;
  readonly copied: number;
  /** Streams of the events gone through now. */
  readonly streams: number;
  /** Up to where the target is the source, in either's positions. */
  readonly head: PositionPair;
  /** Events that stand before one that they follow in the source, in another stream: 0 unless a store failed half-way. */
  readonly reordered: number;
  readonly keys: KeyCopy;
}

/**
 * Makes the target's log the source's, up to where that ends now: the same events in the same order with their ids, times of
 * record and hashes, and its keys. The source may be in use. What is there already is compared; the target must hold
 * nothing else. Killed anywhere and called again, it goes on.
 *
 * Every hash is recomputed before its event is appended, and again from what the target gives back afterwards.
 * @throws TransferRefused, TransferInterrupted, StoreUnavailable, AppendOutcomeUnknown
 */
export async function copyLedger(options: CopyOptions): Promise<CopyAnswer> {
  const head = await options.source.eventStore.head();
  if (head === undefined) throw new TransferRefused('The source holds no ledger: its log is empty.');
  const map = await PositionMap.open(options.positions);
  try {
    return await new LedgerCopy(options, map, head).run();
  } finally {
    await map.close();
  }
}

class LedgerCopy {
  readonly #source: EventStore;
  readonly #target: EventStore;
  readonly #chain: ChainCheck;
  /** Position of the last event of the source that was checked, or of the one before the first. */
  #checked = 0n;
  #reordered = 0;
  #mapped: PositionPair | undefined;

  constructor(
    private readonly options: CopyOptions,
    private readonly map: PositionMap,
    private readonly head: bigint,
  ) {
    this.#source = options.source.eventStore;
    this.#target = options.target.eventStore;
    this.#chain = new ChainCheck((stream, revision) => eventAt(this.#source, stream, revision));
  }

  async run(): Promise<CopyAnswer> {
    const start = await this.#start();
    this.#checked = start?.source ?? 0n;
    const [there, compared] = await this.#compare(start, 'comparing', (event) => this.#assertChained(event));
    let copied = 0;
    if (there.missing !== undefined) copied = await this.#append(there.last, there.missing);
    const keys = await copyKeys(this.options.source.keyedStore, this.options.target.keyedStore);
    // The events were checked on their way; what counts now is what the target gives back.
    const [done] = await this.#compare(there.last, 'reading-back', async () => undefined);
    if (done.missing !== undefined || done.last === undefined) {
      throw new TransferRefused('The target does not give back what it took: run the same command again.');
    }
    return {
      vouched: start,
      compared: there.missing === undefined ? compared : compared - 1,
      copied,
      streams: this.#chain.streams,
      head: done.last,
      reordered: this.#reordered,
      keys,
    };
  }

  /** Where an earlier run ended, as its map tells, if the same event stands there in both logs. */
  async #start(): Promise<PositionPair | undefined> {
    this.#mapped = this.map.last;
    if (this.#mapped === undefined) return undefined;
    const [source, target] = [
      await newestUpTo(this.#source, this.#mapped.source),
      await newestUpTo(this.#target, this.#mapped.target),
    ];
    if (
      source?.position !== this.#mapped.source ||
      target?.position !== this.#mapped.target ||
      source.id !== target.id
    ) {
      throw new TransferRefused(
        `The map of positions ${this.options.positions} belongs to another copy: name another file by --positions, or move it away.`,
      );
    }
    assertSame(source, target);
    return this.options.compareAll === true ? undefined : this.#mapped;
  }

  async #compare(after: PositionPair | undefined, phase: 'comparing' | 'reading-back', onEvent: OnEvent) {
    const walk = this.#walk(phase, after);
    const comparison = await compareLogs({
      source: this.#source,
      target: this.#target,
      after,
      until: this.head,
      onEvent: async (event) => {
        walk.passed(event.position);
        await onEvent(event);
      },
      onPair: (source, target) => this.#mapPair({ source: source.position, target: target.position }),
    });
    await this.map.save();
    return [comparison, walk.events] as const;
  }

  async #mapPair(pair: PositionPair): Promise<void> {
    if (this.#mapped !== undefined && pair.source <= this.#mapped.source) return;
    if (this.#mapped !== undefined && pair.target < this.#mapped.target) this.#reordered += 1;
    this.#mapped = pair;
    await this.map.add(pair);
  }

  /** @param first checked already */
  async #append(after: PositionPair | undefined, first: RecordedEvent): Promise<number> {
    const walk = this.#walk('copying', after);
    const appends = new OrderedAppends(this.#target, this.options.patience);
    for await (const event of this.#source.readAll(after === undefined ? {} : { from: after.source })) {
      if (event.position > this.head) break;
      walk.passed(event.position);
      if (event.position > first.position) await this.#assertChained(event);
      await appends.add(event);
    }
    await appends.finish();
    return walk.events;
  }

  /** @throws TransferRefused for an event of the source that is not what was recorded */
  async #assertChained(event: RecordedEvent): Promise<void> {
    const gap = this.#source.positionsFollow === true ? positionGap(event, this.#checked) : undefined;
    this.#checked = event.position;
    const fault = gap ?? (await this.#chain.fault(event));
    if (fault === undefined) return;
    throw new TransferRefused(
      `Revision ${fault.revision} of the stream "${fault.stream}" ${fault.complaint}. ` +
        'Nothing from there on is copied: keyledger verify shows all that is wrong with the source.',
    );
  }

  #walk(phase: 'comparing' | 'copying' | 'reading-back', after: PositionPair | undefined): WalkProgress {
    return new WalkProgress(phase, after?.source ?? 0n, this.head, this.options.signal, this.options.onProgress);
  }
}

type OnEvent = (event: RecordedEvent) => Promise<void>;

async function newestUpTo(store: EventStore, position: bigint): Promise<RecordedEvent | undefined> {
  for await (const event of store.readAll({ direction: 'backwards', from: position, limit: 1 })) return event;
  return undefined;
}

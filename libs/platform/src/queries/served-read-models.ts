import { AsyncLocalStorage } from 'node:async_hooks';
import { type ReadStore, StoreUnavailable } from '#event-sourcing';
import { type ServedBuilds, ServedBuildsLookup, type ServedBuildsOptions } from './served-builds.js';

/** One question on its way: all that it reads is of the same builds. */
export interface Reading {
  readonly builds: ServedBuilds;
  /** To be called once it is answered. */
  end(): void;
}

export interface ServedReadModelsOptions extends ServedBuildsOptions {
  readonly readStore: ReadStore;
}

/** The catalog is looked at this often while there are questions, in milliseconds. */
const REFRESH = 250;

/**
 * The read models as queries see them: a read store in which a projection's collection is that of the build which serves.
 *
 * A question reads of one set of builds, also when others begin to serve while it is answered. Those that began before
 * go on reading where they began, without any mark; a question that begins while some of them are under way carries its
 * builds along ({@link AsyncLocalStorage}), until the last of those before has ended and its builds are everybody's. So
 * that carrying, which slows down all that is asynchronous, costs nothing but for a moment after a switch.
 */
export class ServedReadModels {
  /** What queries read from; outside of a question it reads what those before a switch read. */
  readonly store: ReadStore;
  readonly #lookup: ServedBuildsLookup;
  readonly #carried = new AsyncLocalStorage<ServedBuilds>();
  /** Where unmarked questions read. */
  #base: ServedBuilds | undefined;
  #newest: ServedBuilds | undefined;
  #unmarked = 0;
  #marked = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #look: Promise<ServedBuilds> | undefined;

  constructor(options: ServedReadModelsOptions) {
    this.#lookup = new ServedBuildsLookup(options);
    this.store = this.#storeOver(options.readStore);
  }

  /** The builds that questions are answered from which begin now. @throws StoreUnavailable */
  async newest(): Promise<ServedBuilds> {
    if (this.#newest !== undefined && performance.now() - this.#lookedAt < REFRESH) return this.#newest;
    this.#look ??= this.#refresh().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  /** The builds that are read from here: those of the question that this is part of, if it is of one. */
  async current(): Promise<ServedBuilds> {
    const carried = this.#carried.getStore();
    if (carried !== undefined) return carried;
    const newest = await this.newest();
    return this.#base ?? newest;
  }

  /** Begins a question; its reads are to be made {@link within} the reading. @throws StoreUnavailable */
  async begin(): Promise<Reading> {
    const builds = await this.newest();
    const isMarked = builds !== this.#base;
    if (isMarked) this.#marked += 1;
    else this.#unmarked += 1;
    let ended = false;
    return {
      builds,
      end: () => {
        if (ended) return;
        ended = true;
        if (isMarked) this.#marked -= 1;
        else this.#unmarked -= 1;
        this.#settle();
      },
    };
  }

  /** Does the work, with all that comes of it, on the reading's builds. */
  within<T>({ builds }: Pick<Reading, 'builds'>, work: () => T): T {
    return builds === this.#base ? work() : this.#carried.run(builds, work);
  }

  /** Does the work as a question of its own, which begins now. @throws StoreUnavailable */
  async withinNewest<T>(work: () => Promise<T>): Promise<T> {
    const reading = await this.begin();
    try {
      return await this.within(reading, work);
    } finally {
      reading.end();
    }
  }

  /**
   * The items, each made on the reading's builds, whoever asks for it.
   * @throws StoreUnavailable in the place of the end, when the builds may have been dropped before it
   */
  async *eachWithin<T>(reading: Pick<Reading, 'builds'>, items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.within(reading, () => iterator.next());
      if (next.done === true) break;
      yield next.value;
    }
    // Stores that answer for a missing collection with nothing let a list end early without a word.
    if (await this.#lookup.areKept(reading.builds)) return;
    throw new StoreUnavailable('The read models that this was read from have made room for others: ask again.');
  }

  async #refresh(): Promise<ServedBuilds> {
    const newest = await this.#lookup.look(this.#newest);
    this.#lookedAt = performance.now();
    this.#newest = newest;
    this.#settle();
    return newest;
  }

  #settle(): void {
    if (this.#unmarked > 0) return;
    this.#base = this.#newest;
    if (this.#marked === 0) this.#carried.disable();
  }

  #storeOver(readStore: ReadStore): ReadStore {
    const nameOf = (collection: string): string => {
      const builds = this.#carried.getStore() ?? this.#base;
      return builds?.collections.get(collection) ?? collection;
    };
    const mapped: Partial<ReadStore> = {
      getMany: (collection, keys) => readStore.getMany(nameOf(collection), keys),
      find: (collection, options) => readStore.find(nameOf(collection), options),
      sumBy: (collection, options) => readStore.sumBy(nameOf(collection), options),
      latestBy: (collection, options) => readStore.latestBy(nameOf(collection), options),
      count: (collection, filter) => readStore.count(nameOf(collection), filter),
    };
    return new Proxy(readStore, {
      get(store, name) {
        if (Object.hasOwn(mapped, name)) return Reflect.get(mapped, name);
        const member: unknown = Reflect.get(store, name);
        return typeof member === 'function' ? member.bind(store) : member;
      },
    });
  }
}

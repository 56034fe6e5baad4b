import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  type Command,
  CommandExecutor,
  type CommandExecutorOptions,
  type CommandOutcome,
  type Decider,
  EventTypeRegistry,
  KeyedState,
  SnapshotLost,
  StoreUnavailable,
  textForm,
} from '#event-sourcing';
import { InMemoryEventStore, InMemorySnapshotStore } from '#event-sourcing-testing';

type Put = Command<'put', { readonly key: string; readonly value: string }>;
type Notes = { readonly notes: KeyedState<string>; readonly count: number };

/** Notes by key, each put down once. */
function notesDecider(version = 1): Decider<Notes, Put> {
  return {
    name: 'notes',
    commands: ['put'],
    version,
    snapshot: {
      write: ({ count }) => count,
      read: (rest, { notes }, part) => ({ notes: part(notes), count: rest as number }),
    },
    initial: () => ({ notes: KeyedState.empty('notes', textForm), count: 0 }),
    evolve({ notes, count }, event) {
      const { key, value } = event.data as Put['data'];
      return { notes: notes.set(key, value), count: count + 1 };
    },
    decide({ data }, { notes, count }, { now }) {
      const known = notes.get(data.key);
      if (known !== undefined) return known === data.value ? [] : conflict(`${data.key} is ${known} of ${count}`);
      return [{ type: 'noted.v1', data, occurredAt: now }];
    },
  };
}

function conflict(message: string) {
  return { rejected: true, kind: 'conflict', code: 'id-exists', message } as const;
}

const NOW = '2026-01-01T00:00:00.000Z';
const STREAM = 'notes-1';
const EVERY = 20;

/** Counts the events that are read. */
class CountingStore extends InMemoryEventStore {
  read = 0;
  override async *readStream(...args: Parameters<InMemoryEventStore['readStream']>) {
    for await (const event of super.readStream(...args)) {
      this.read += 1;
      yield event;
    }
  }
}

let ids = 0;

function executorOn(
  store: InMemoryEventStore,
  snapshots: InMemorySnapshotStore,
  more: Partial<CommandExecutorOptions> & { version?: number } = {},
) {
  return new CommandExecutor({
    store,
    registry: new EventTypeRegistry([{ types: ['noted.v1'] }]),
    decidersOf: () => [notesDecider(more.version) as unknown as Decider],
    now: () => NOW,
    newId: () => `id-${++ids}`,
    patience: { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => 0 },
    snapshots: { store: snapshots, every: EVERY },
    ...more,
  });
}

function put(executor: CommandExecutor, key: string, value = `of ${key}`, stream = STREAM): Promise<CommandOutcome> {
  return executor.execute({
    stream,
    command: { type: 'put', data: { key, value } },
    context: { now: NOW, actor: 'somebody', role: 'sales' },
    idempotencyKey: `put ${key}`,
    requestHash: value,
    requestId: `request ${key}`,
    correlationId: 'c',
    source: 'test',
  });
}

async function filled(count: number, store = new CountingStore(), snapshots = new InMemorySnapshotStore()) {
  const executor = executorOn(store, snapshots);
  for (let index = 0; index < count; index++) {
    await put(executor, `k${index}`);
    await executor.idle();
  }
  store.read = 0;
  return { store, snapshots };
}

/** What must hold on a stream of so many notes, however its state was come by. */
async function expectAll(executor: CommandExecutor, count: number): Promise<void> {
  for (const index of [0, 1, count >> 1, count - 1]) {
    expect(await put(executor, `k${index}`)).toMatchObject({ outcome: 'accepted', replayed: true, revision: index });
    expect(await put(executor, `k${index}`, 'other')).toEqual({ outcome: 'key-reused' });
  }
  const again = { type: 'put', data: { key: 'k3', value: 'other' } };
  const request = { stream: STREAM, context: { now: NOW, actor: 'a', role: 'sales' }, source: 'test' };
  const ofRequest = { requestId: 'again', correlationId: 'c' };
  expect(await executor.execute({ ...request, ...ofRequest, command: again })).toMatchObject({
    outcome: 'rejected',
    rejection: { message: `k3 is of k3 of ${count}` },
  });
}

describe('Snapshots of streams', () => {
  it('spare a cold stream the reading of what is older', async () => {
    const { store, snapshots } = await filled(1_010);
    await put(executorOn(store, snapshots), 'k1010');
    // The first look, the event of the snapshot, and what came after it.
    expect(store.read).toBeLessThanOrEqual(EVERY + 1 + EVERY);
    await expectAll(executorOn(store, snapshots), 1_011);
  });

  it('help a stream that was pushed out of the memory', async () => {
    const { store, snapshots } = await filled(500);
    const executor = executorOn(store, snapshots, { cacheBytes: 1_000 });
    await expectAll(executor, 500);
    expect(store.read).toBeLessThan(20 * (2 * EVERY + 2));
  });

  it('make states small in the memory also while another one is being written', async () => {
    const store = new CountingStore();
    const snapshots = new InMemorySnapshotStore();
    snapshots.save = () => new Promise(() => undefined);
    // Holds ten streams of 60 notes of which 40 are in pages, but not ten of 60 loose ones.
    const executor = executorOn(store, snapshots, { cacheBytes: 110_000 });
    for (let index = 0; index < 60; index++) {
      for (let stream = 0; stream < 10; stream++) await put(executor, `k${index}`, 'a note', `notes-${stream}`);
    }
    expect(store.read).toBe(0);
  });

  it('take what they hold out of the memory', async () => {
    const store = new CountingStore();
    const snapshots = new InMemorySnapshotStore();
    const executor = executorOn(store, snapshots, { cacheBytes: 110_000 });
    for (let index = 0; index < 400; index++) {
      for (let stream = 0; stream < 10; stream++) {
        await put(executor, `k${index}`, 'a note', `notes-${stream}`);
        await executor.idle();
      }
    }
    let saved = 0;
    for (const pages of snapshots.pages.values()) for (const { length } of pages.values()) saved += length;
    expect(saved).toBeGreaterThan(2 * 110_000);
    expect(store.read).toBe(0);
    expect(await put(executor, 'k7', 'other', 'notes-3')).toEqual({ outcome: 'key-reused' });
  });

  it('are not made of short streams', async () => {
    const { snapshots } = await filled(EVERY - 1);
    expect(snapshots.heads.size).toBe(0);
  });

  it('are made of a long stream that had none', async () => {
    const { store } = await filled(300);
    const fresh = new InMemorySnapshotStore();
    const executor = executorOn(store, fresh);
    await executor.view(STREAM);
    await executor.idle();
    expect(fresh.heads.size).toBe(1);
    store.read = 0;
    await expectAll(executorOn(store, fresh), 300);
    expect(store.read).toBeLessThan(100);
  });

  it('are not used by deciders of another version, which make their own', async () => {
    const { store, snapshots } = await filled(200);
    const newer = executorOn(store, snapshots, { version: 2 });
    await expectAll(newer, 200);
    expect(store.read).toBeGreaterThan(200);
    await newer.idle();
    store.read = 0;
    await executorOn(store, snapshots, { version: 2 }).view(STREAM);
    expect(store.read).toBeLessThan(100);
  });

  it('of another history are not used', async () => {
    const { snapshots } = await filled(200);
    const { store } = await filled(300, new CountingStore(), new InMemorySnapshotStore());
    await expectAll(executorOn(store, snapshots), 300);
    const { store: shorter } = await filled(100, new CountingStore(), new InMemorySnapshotStore());
    await expectAll(executorOn(shorter, snapshots), 100);
  });

  it('that are damaged anywhere cost time only', async () => {
    const { store, snapshots } = await filled(205);
    const pages = snapshots.pages.get(STREAM)!;
    const whole = new Map(pages);
    for (const [name, bytes] of whole) {
      for (const place of [0, 4, 9, bytes.length - 1]) {
        const damaged = Uint8Array.from(bytes);
        damaged[place]! ^= 0x40;
        snapshots.pages.set(STREAM, new Map(whole).set(name, damaged));
        await expectAll(executorOn(store, new ReadOnlySnapshots(snapshots)), 205);
      }
      const without = new Map(whole);
      without.delete(name);
      snapshots.pages.set(STREAM, without);
      await expectAll(executorOn(store, new ReadOnlySnapshots(snapshots)), 205);
    }
    snapshots.pages.set(STREAM, whole);
    const stored = snapshots.heads.get(STREAM)!;
    for (const head of ['', '{', stored.head.replace('"count"', '"Count"'), stored.head.replace(/200|199/, '150')]) {
      snapshots.heads.set(STREAM, { ...stored, head });
      await expectAll(executorOn(store, new ReadOnlySnapshots(snapshots)), 205);
    }
  });

  it('that are lost while they are used are replaced', async () => {
    const { store, snapshots } = await filled(205);
    const executor = executorOn(store, snapshots);
    await executor.view(STREAM);
    snapshots.pages.clear();
    await expectAll(executor, 205);
    await executor.idle();
    store.read = 0;
    await expectAll(executorOn(store, snapshots), 205);
    expect(store.read).toBeLessThan(100);
  });

  it('whose pages were taken away before they could be saved again are begun anew', async () => {
    const { store, snapshots } = await filled(EVERY + 5);
    const executor = executorOn(store, snapshots);
    await put(executor, 'first');
    snapshots.pages.clear();
    const save = snapshots.save.bind(snapshots);
    let saved = 0;
    snapshots.save = (...args) => {
      saved += 1;
      return saved === 1 ? Promise.reject(new SnapshotLost('its pages are gone')) : save(...args);
    };
    for (let index = 0; index < EVERY; index++) {
      await put(executor, `more ${index}`);
      await executor.idle();
    }
    // The one that failed, and that of the state which was folded from the start after it.
    expect([saved, snapshots.pages.get(STREAM)?.size]).toEqual([2, 2]);
    store.read = 0;
    await put(executorOn(store, snapshots), 'after that');
    expect(store.read).toBeLessThanOrEqual(EVERY + 1 + EVERY);
  });

  it('are shared by two processes that write one stream in turn', async () => {
    const store = new CountingStore();
    const snapshots = new InMemorySnapshotStore();
    const executors = [executorOn(store, snapshots), executorOn(store, snapshots)];
    for (let index = 0; index < 400; index++) {
      const executor = executors[Math.floor(index / 7) % 2]!;
      await put(executor, `k${index}`);
      await executor.idle();
    }
    await expectAll(executors[0]!, 400);
    await expectAll(executors[1]!, 400);
    await expectAll(executorOn(store, snapshots), 400);
  });

  it('that cannot be read or written are told, and commands go on', async () => {
    const told: unknown[] = [];
    const store = new CountingStore();
    const executor = executorOn(store, new AwaySnapshots(), {
      observe: { snapshotFailed: (_, error) => told.push(error) },
    });
    for (let index = 0; index < 50; index++) {
      expect(await put(executor, `k${index}`)).toMatchObject({ outcome: 'accepted' });
      await executor.idle();
    }
    expect(told.length).toBeGreaterThan(1);
    expect(told[0]).toBeInstanceOf(StoreUnavailable);
    await expectAll(executorOn(store, new AwaySnapshots()), 50);
  });

  it('of streams that grew quickly are written at the end', async () => {
    const store = new CountingStore();
    const slow = new SlowSnapshots();
    const executor = executorOn(store, slow);
    for (const stream of ['notes-1', 'notes-2']) {
      for (let index = 0; index < 200; index++) await put(executor, `k${index}`, 'a note', stream);
    }
    expect(slow.begun).toBe(1);
    slow.goOn();
    await executor.close();
    for (const stream of ['notes-1', 'notes-2']) {
      store.read = 0;
      await put(executorOn(store, slow), 'after that', 'a note', stream);
      // The first look, and the event of the snapshot.
      expect(store.read).toBeLessThanOrEqual(EVERY + 1);
    }
  });

  it('hold up the end for two seconds at most', async () => {
    let elapsed = 0;
    const snapshots = new InMemorySnapshotStore();
    const save = snapshots.save.bind(snapshots);
    snapshots.save = (...args) => {
      elapsed += 700;
      return save(...args);
    };
    const executor = executorOn(new CountingStore(), snapshots, {
      patience: { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => elapsed },
    });
    for (let stream = 0; stream < 10; stream++) {
      for (let index = 0; index < 30; index++) await put(executor, `k${index}`, 'a note', `notes-${stream}`);
    }
    await executor.idle();
    const before = snapshots.heads.size;
    await executor.close();
    expect(snapshots.heads.size - before).toBe(3);
  });

  it('hold up the end for two seconds at most, also where one never ends', async () => {
    let elapsed = 0;
    const sleep = async (milliseconds: number) => {
      elapsed += milliseconds;
    };
    const slow = new SlowSnapshots();
    const executor = executorOn(new CountingStore(), slow, {
      patience: { unavailable: 0, unknown: 0, sleep, elapsed: () => elapsed },
    });
    for (const stream of ['notes-1', 'notes-2']) {
      for (let index = 0; index < 30; index++) await put(executor, `k${index}`, 'a note', stream);
    }
    const before = elapsed;
    await executor.close();
    expect(elapsed - before).toBe(2_000);
    slow.goOn();
    await executor.idle();
    expect(slow.begun).toBe(1);
  });

  it('alone are not waited for at the end: commands are', async () => {
    let letGo: () => void = () => undefined;
    const store = new CountingStore();
    const append = store.append.bind(store);
    store.append = async (...args) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return append(...args);
    };
    let elapsed = 0;
    const executor = executorOn(store, new InMemorySnapshotStore(), {
      patience: { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => elapsed },
    });
    const answered = put(executor, 'k');
    let isClosed = false;
    const closing = executor.close().then(() => {
      isClosed = true;
    });
    elapsed = 60_000;
    await setImmediate();
    expect(isClosed).toBe(false);
    letGo();
    expect(await answered).toMatchObject({ outcome: 'accepted' });
    await closing;
  });

  it('are written one at a time, while commands are answered', async () => {
    const slow = new SlowSnapshots();
    const store = new CountingStore();
    const executor = executorOn(store, slow);
    for (let index = 0; index < 200; index++) await put(executor, `k${index}`);
    expect(slow.begun).toBe(1);
    slow.goOn();
    await executor.idle();
    await put(executor, 'k200');
    await executor.idle();
    expect(slow.begun).toBe(2);
    await expectAll(executorOn(store, slow), 201);
  });
});

class ReadOnlySnapshots extends InMemorySnapshotStore {
  constructor(private readonly source: InMemorySnapshotStore) {
    super();
  }
  override load(stream: string) {
    return this.source.load(stream);
  }
  override async save(): Promise<never> {
    throw new SnapshotLost('nothing is saved here');
  }
}

class AwaySnapshots extends InMemorySnapshotStore {
  override async load(): Promise<never> {
    throw new StoreUnavailable('The snapshot store is away.');
  }
  override async save(): Promise<never> {
    throw new StoreUnavailable('The snapshot store is away.');
  }
}

class SlowSnapshots extends InMemorySnapshotStore {
  begun = 0;
  goOn: () => void = () => undefined;
  readonly #gone = new Promise<void>((resolve) => {
    this.goOn = resolve;
  });
  override async save(...args: Parameters<InMemorySnapshotStore['save']>): ReturnType<InMemorySnapshotStore['save']> {
    this.begun += 1;
    await this.#gone;
    return super.save(...args);
  }
}

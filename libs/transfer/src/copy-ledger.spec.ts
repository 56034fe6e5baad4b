import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type RecordedEvent,
  StoreUnavailable,
  UnreadableEvent,
} from '#event-sourcing';
import { InMemoryEventStore } from '#event-sourcing-testing';
import { chainedLog, InMemoryKeyedStore } from '../testing/chained-log.js';
import { type CopyOptions, copyLedger } from './copy-ledger.js';
import { TransferRefused } from './transfer-refused.js';

const RUNS = Number(process.env.KEYLEDGER_COPY_RUNS ?? 200);
const PATIENCE = { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => 0 };

/** What becomes of one append: taken · refused, while later ones may be taken · the copying process is killed. */
type Fate = 'taken' | 'away' | 'killed';

/** A log in memory whose appends go as they are told, one fate each; after the last one all are taken. */
class FatefulEventStore extends InMemoryEventStore {
  #fates: Fate[] = [];
  #dead = false;

  /** From now on. */
  live(fates: readonly Fate[]): void {
    this.#fates = [...fates];
    this.#dead = false;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EventToAppend[],
  ): Promise<AppendResult> {
    const fate = this.#fates.shift() ?? 'taken';
    if (fate === 'killed') this.#dead = true;
    if (this.#dead) throw new Error('the process was killed');
    if (fate === 'away') throw new StoreUnavailable('The log is away.');
    return super.append(stream, expected, events);
  }
}

/** A log in memory that gives each event the position after the last one. */
class FollowingEventStore extends InMemoryEventStore {
  readonly positionsFollow = true;
}

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'copy ä '));
});
afterAll(() => rmSync(folder, { recursive: true }));

const newMap = () => join(folder, `${files++}.csv`);

function copy(from: readonly RecordedEvent[], target: EventStore, options: Partial<CopyOptions> = {}) {
  return copyLedger({
    source: { eventStore: new InMemoryEventStore(from), keyedStore: new InMemoryKeyedStore() },
    target: { eventStore: target, keyedStore: new InMemoryKeyedStore() },
    positions: newMap(),
    patience: PATIENCE,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

async function logOf(store: EventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}

/** What a store gives back of an event besides its position; the texts that it was appended with are no part of it. */
const withoutPosition = ({ id, type, data, metadata, stream, revision }: RecordedEvent) => {
  return { id, type, data, metadata, stream, revision };
};

/** The file's pairs, one an event. */
function mapped(path: string): [bigint, bigint][] {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(header).toBe('source,target,events');
  return lines.flatMap((line) => {
    const [source = 0n, target = 0n, events = 0n] = line.split(',').map(BigInt);
    return Array.from(
      { length: Number(events) },
      (_, i) => [source + BigInt(i), target + BigInt(i)] as [bigint, bigint],
    );
  });
}

const history = fc
  .array(fc.record({ stream: fc.nat(5), events: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 40 })
  .map(chainedLog);

describe('A copy of a ledger', () => {
  it('is the same log with a map of positions, whatever is killed or refused on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.array(fc.constantFrom<Fate>('taken', 'taken', 'taken', 'away', 'killed'), { maxLength: 30 }), {
          maxLength: 4,
        }),
        fc.array(fc.nat(100), { maxLength: 4 }),
        fc.boolean(),
        async (log, lives, shares, loseMap) => {
          const target = new FatefulEventStore();
          let [positions, known] = [newMap(), 0];
          for (const [n, fates] of lives.entries()) {
            target.live(fates);
            // A source that is in use is longer at each run.
            known = Math.max(1, known, Math.ceil((log.length * (shares[n] ?? 100)) / 100));
            await copy(log.slice(0, known), target, { positions }).catch((error: Error) => {
              expect(error.message).toMatch(/killed|away/);
            });
            if (loseMap) positions = newMap();
          }
          target.live([]);
          await copy(log, target, { positions });
          const copied = await logOf(target);
          const byPlace = (a: RecordedEvent, b: RecordedEvent) =>
            a.stream === b.stream ? a.revision - b.revision : a.stream < b.stream ? -1 : 1;
          expect(copied.map(withoutPosition).sort(byPlace as never)).toEqual(
            log.map(withoutPosition).sort(byPlace as never),
          );
          const idAt = new Map(copied.map(({ id, position }) => [position, id]));
          expect(mapped(positions).map(([source, there]) => [source, idAt.get(there)])).toEqual(
            log.map(({ id, position }) => [position, id]),
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('has the order of the source over all streams when nothing fails', async () => {
    const log = chainedLog(Array.from({ length: 2_000 }, (_, n) => ({ stream: (n * 7) % 13, events: 1 + (n % 3) })));
    const target = new FatefulEventStore();
    const answer = await copy(log, target);
    expect(answer).toMatchObject({ copied: log.length, compared: 0, streams: 13, reordered: 0 });
    expect((await logOf(target)).map(({ id }) => id)).toEqual(log.map(({ id }) => id));
  });

  it('takes only what is new, and compares all when asked to', async () => {
    const log = chainedLog(Array.from({ length: 50 }, (_, n) => ({ stream: n % 4, events: 1 })));
    const [target, positions] = [new FatefulEventStore(), newMap()];
    expect(await copy(log.slice(0, 30), target, { positions })).toMatchObject({ copied: 30 });
    expect(await copy(log, target, { positions })).toMatchObject({ copied: 20, compared: 0 });
    expect(await copy(log, target, { positions })).toMatchObject({
      copied: 0,
      compared: 0,
      head: { source: log.at(-1)?.position },
    });
    expect(await copy(log, target, { positions, compareAll: true })).toMatchObject({
      copied: 0,
      compared: 50,
      streams: 4,
    });
    expect(await copy(log, target)).toMatchObject({ copied: 0, compared: 50 });
    expect(mapped(positions)).toHaveLength(50);
  });

  it('refuses a target that holds something else', async () => {
    const log = chainedLog(Array.from({ length: 20 }, (_, n) => ({ stream: n % 4, events: 1 })));
    const other = chainedLog([{ stream: 0, events: 1 }]);
    await expect(copy(log, new FatefulEventStore(other))).rejects.toThrow(
      new TransferRefused(
        'The target holds another event than the source at revision 0 of the stream "account-0": it is another ledger, or something else writes to it.',
      ),
    );
    const beyond = new FatefulEventStore(log);
    await expect(copy(log.slice(0, 15), beyond)).rejects.toThrow(/"account-3", which the source does not have/);
    const foreign = new FatefulEventStore([...log.slice(0, 5), { ...other[0]!, stream: 'policy-x', position: 99n }]);
    const before = (await logOf(foreign)).length;
    await expect(copy(log, foreign)).rejects.toThrow(
      /revision 0 of the stream "policy-x", which the source does not have/,
    );
    expect(await logOf(foreign)).toHaveLength(before);
  });

  it('refuses a target whose events were edited, and never copies an edited one', async () => {
    const log = chainedLog(Array.from({ length: 20 }, (_, n) => ({ stream: n % 4, events: 1 })));
    const edited = log.map((event, n) => (n === 9 ? { ...event, data: { ...event.data, number: 7 } } : event));
    await expect(copy(log, new FatefulEventStore(edited))).rejects.toThrow(/does not have the content of the source's/);
    const target = new FatefulEventStore();
    await expect(copy(edited, target)).rejects.toThrow(/Revision 2 of the stream "account-1" was altered/);
    expect((await logOf(target)).length).toBeLessThan(10);
  });

  it('refuses a source of which events are missing in the middle, also when it goes on', async () => {
    const whole = chainedLog(Array.from({ length: 20 }, (_, n) => ({ stream: n % 4, events: 1 }))).map((event, n) => {
      return { ...event, position: BigInt(n + 1) };
    });
    const lacking = whole.filter(({ revision, stream }) => stream !== 'account-1' || revision < 4);
    const keyedStore = new InMemoryKeyedStore();
    const from = (log: RecordedEvent[]) => ({ source: { eventStore: new FollowingEventStore(log), keyedStore } });
    const refusal =
      'Revision 4 of the stream "account-2" follows position 17 at position 19, so that an event before it is missing. ' +
      'Nothing from there on is copied: keyledger verify shows all that is wrong with the source.';
    await expect(copy([], new FatefulEventStore(), from(lacking))).rejects.toThrow(new TransferRefused(refusal));
    const [target, positions] = [new FatefulEventStore(), newMap()];
    expect(await copy([], target, { ...from(whole.slice(0, 12)), positions })).toMatchObject({ copied: 12 });
    await expect(copy([], target, { ...from(lacking), positions })).rejects.toThrow(refusal);
    expect(await copy([], target, { ...from(whole), positions })).toMatchObject({ head: { source: 20n } });
  });

  it('ends at an event of the source that cannot be read, and tells its place', async () => {
    const log = chainedLog(Array.from({ length: 20 }, (_, n) => ({ stream: n % 4, events: 1 })));
    const broken = new UnreadableEvent('The log is damaged.', log[9]!, 'its data is no JSON');
    class BrokenEventStore extends InMemoryEventStore {
      override async *readAll(options = {}) {
        for await (const event of super.readAll(options)) {
          if (event.position === broken.position) throw broken;
          yield event;
        }
      }
    }
    const source = { eventStore: new BrokenEventStore(log), keyedStore: new InMemoryKeyedStore() };
    const target = new FatefulEventStore();
    await expect(copy([], target, { source })).rejects.toBe(broken);
    expect((await logOf(target)).length).toBeLessThan(10);
  });

  it('refuses a map that is not its own, and an empty source', async () => {
    const log = chainedLog([{ stream: 0, events: 3 }]);
    const positions = newMap();
    await copy(log, new FatefulEventStore(), { positions });
    const other = chainedLog([{ stream: 0, events: 3 }]);
    await expect(copy(other, new FatefulEventStore(), { positions })).rejects.toThrow(/belongs to another copy/);
    writeFileSync(positions, 'day,revenue\n1,2\n');
    await expect(copy(log, new FatefulEventStore(), { positions })).rejects.toThrow(/is no map of positions/);
    await expect(copy([], new FatefulEventStore())).rejects.toThrow('The source holds no ledger: its log is empty.');
  });

  it('goes on behind a line of the map that was not finished', async () => {
    const log = chainedLog(Array.from({ length: 20 }, (_, n) => ({ stream: n % 4, events: 1 })));
    const [target, positions] = [new FatefulEventStore(), newMap()];
    await copy(log, target, { positions });
    const whole = readFileSync(positions, 'utf8');
    for (const length of [0, 5, 21, 22, whole.length - 1, whole.length - 3]) {
      writeFileSync(positions, whole.slice(0, length));
      await copy(log, target, { positions });
      expect(mapped(positions).map(([source]) => source)).toEqual(log.map(({ position }) => position));
    }
  });

  it('makes the keys those of the source, whatever their kinds', async () => {
    const log = chainedLog([{ stream: 0, events: 1 }]);
    const source = new InMemoryKeyedStore([
      ['person-key', 'ann', 'k1'],
      ['person-key', 'bob', 'k2'],
      ['admin-key', 'admin', 'new'],
      ['something-later', '', 'x'],
    ]);
    const target = new InMemoryKeyedStore([
      ['person-key', 'bob', 'k2'],
      ['person-key', 'erased', 'k3'],
      ['admin-key', 'admin', 'old'],
      ['api-key', 'deleted', 'y'],
    ]);
    const eventStore = new FatefulEventStore();
    const answer = await copy(log, eventStore, {
      source: { eventStore: new InMemoryEventStore(log), keyedStore: source },
      target: { eventStore, keyedStore: target },
    });
    expect(answer.keys).toEqual({
      kinds: { 'person-key': 2, 'admin-key': 1, 'something-later': 1 },
      added: 3,
      removed: 2,
    });
    for (const kind of ['person-key', 'admin-key', 'something-later', 'api-key']) {
      expect((await target.list(kind)).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(await source.list(kind));
    }
  });
});

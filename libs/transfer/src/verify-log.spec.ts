import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RecordedEvent, UnreadableEvent } from '#event-sourcing';
import { InMemoryEventStore } from '#event-sourcing-testing';
import { chainedLog } from '../testing/chained-log.js';
import { recomputedHash } from './chain-check.js';
import { FingerprintSet } from './fingerprint-set.js';
import { verifyLog } from './verify-log.js';

type Entry = RecordedEvent | UnreadableEvent;

async function* readable(entries: readonly Entry[]): AsyncGenerator<RecordedEvent> {
  for (const entry of entries) {
    if (entry instanceof UnreadableEvent) throw entry;
    yield entry;
  }
}

/** A log that gives back what it is told, in this order, whatever that is. */
function logOf(entries: readonly Entry[]) {
  return {
    head: async () => entries.at(-1)?.position,
    readAll: ({ from = 0n }: { from?: bigint } = {}) => readable(entries.filter(({ position }) => position > from)),
    readStream: (stream: string, { from = 0 }: { from?: number } = {}) =>
      readable(entries.filter((entry) => entry.stream === stream && entry.revision >= from)),
  };
}

const verify = (entries: readonly Entry[], positionsFollow = false) =>
  verifyLog({ ...logOf(entries), positionsFollow }, new AbortController().signal, () => undefined);

const LOG = chainedLog(Array.from({ length: 30 }, (_, n) => ({ stream: n % 3, events: 1 + (n % 2) })));
const AT = 20;

/** The log with one event changed, by whoever can compute hashes too, or not. */
function changed(change: Partial<RecordedEvent>, rehash: boolean): RecordedEvent[] {
  return LOG.map((event, n) => {
    if (n !== AT) return event;
    const edited = { ...event, ...change };
    return rehash ? { ...edited, metadata: { ...edited.metadata, hash: recomputedHash(edited) } } : edited;
  });
}

const unreadable = (event: RecordedEvent) => new UnreadableEvent('The log is damaged.', event, 'its data is no JSON');

/** The log as a store has it whose positions follow one another. */
const FOLLOWING = LOG.map((event, n) => ({ ...event, position: BigInt(n + 1) }));

describe('Verifying a log', () => {
  it('finds nothing in one that nobody edited', async () => {
    const store = new InMemoryEventStore(LOG);
    const found = await verifyLog(store, new AbortController().signal, () => undefined);
    expect(found).toEqual({ events: 45, streams: 3, head: LOG.at(-1)?.position, faultCount: 0, faults: [] });
    expect(await verify([])).toMatchObject({ events: 0, faultCount: 0 });
  });

  it.each<[string, RecordedEvent[], string[]]>([
    ['an edited event', changed({ data: { amount: '9' } }, false), ['altered']],
    ['an edited event with a hash of its own', changed({ data: { amount: '9' } }, true), ['broken-link']],
    ['another type', changed({ type: 'other.v1' }, false), ['altered']],
    ['another actor', changed({ metadata: { ...LOG[AT]!.metadata, actor: 'eve' } }, false), ['altered']],
    [
      'an earlier time of record',
      changed({ metadata: { ...LOG[AT]!.metadata, recordedAt: '2020-01-01T00:00:00.000Z' } }, true),
      ['time-reversed', 'broken-link'],
    ],
    ['an event that is missing', LOG.filter((_, n) => n !== AT), ['revision-gap']],
    ['an event that stands twice', LOG.flatMap((event, n) => (n === AT ? [event, event] : [event])), ['revision-gap']],
  ])('finds %s', async (_, log, codes) => {
    const found = await verify(log);
    expect(found.faults.map(({ code }) => code)).toEqual(codes);
    expect(found.faultCount).toBe(codes.length);
    for (const fault of found.faults) expect(fault.stream).toBe(LOG[AT]!.stream);
  });

  it('does not mind the order in which a store gives events of several streams', async () => {
    expect(LOG[3]!.stream).not.toBe(LOG[4]!.stream);
    const other = [...LOG.slice(0, 3), LOG[4]!, LOG[3]!, ...LOG.slice(5)];
    expect(await verify(other)).toMatchObject({ events: LOG.length, faultCount: 0 });
  });

  it('finds an id that stands twice in a stream, though every hash is right', async () => {
    const [first, second] = chainedLog([{ stream: 1, events: 2 }]) as [RecordedEvent, RecordedEvent];
    const twin = { ...second, id: first.id };
    const log = [first, { ...twin, metadata: { ...twin.metadata, hash: recomputedHash(twin) } }];
    expect((await verify(log)).faults).toMatchObject([{ code: 'duplicate-id', stream: 'account-1', revision: 1 }]);
  });

  it('goes on after events that cannot be read, and says where they are', async () => {
    const last = LOG.length - 1;
    const log = changed({ data: { amount: '9' } }, false).map((event, n) =>
      [0, AT - 2, AT + 1, AT + 2, last].includes(n) ? unreadable(event) : event,
    );
    const found = await verify(log);
    const [at, complaint] = [
      ({ position, revision, stream }: Entry) => ({ position, revision, stream }),
      'its data is no JSON',
    ];
    expect(found.faults).toEqual([
      { ...at(LOG[0]!), code: 'unreadable', complaint: `cannot be read: ${complaint}` },
      { ...at(LOG[AT - 2]!), code: 'unreadable', complaint: `cannot be read: ${complaint}` },
      { ...at(LOG[AT]!), code: 'altered', complaint: 'was altered: its hash is not that of its content' },
      { ...at(LOG[AT + 1]!), code: 'unreadable', complaint: `cannot be read: ${complaint}` },
      { ...at(LOG[AT + 2]!), code: 'unreadable', complaint: `cannot be read: ${complaint}` },
      { ...at(LOG[last]!), code: 'unreadable', complaint: `cannot be read: ${complaint}` },
    ]);
    expect(found).toMatchObject({ events: LOG.length, streams: 3, head: LOG[last]!.position, faultCount: 6 });
  });

  it('looks for ids that stand twice around what cannot be read', async () => {
    const [first, second, third] = chainedLog([{ stream: 1, events: 3 }]) as [
      RecordedEvent,
      RecordedEvent,
      RecordedEvent,
    ];
    const twin = { ...third, id: first.id };
    const log = [first, unreadable(second), { ...twin, metadata: { ...twin.metadata, hash: recomputedHash(twin) } }];
    expect((await verify(log)).faults).toMatchObject([
      { code: 'unreadable', revision: 1 },
      { code: 'duplicate-id', revision: 2 },
    ]);
  });

  it.each([null, [], 'text', {}, { hash: 1, prevHash: '', recordedAt: '' }])(
    'takes an event with the metadata %j for one that cannot be read',
    async (metadata) => {
      const found = await verify(changed({ metadata: metadata as never }, false));
      expect(found.faults).toMatchObject([
        { code: 'unreadable', revision: LOG[AT]!.revision, stream: LOG[AT]!.stream },
      ]);
    },
  );

  it.each<[string, (event: RecordedEvent, n: number) => boolean, string[]]>([
    ['nothing', () => true, []],
    [
      'the first events of the log',
      (_, n) => n >= 2,
      ['begins the log at position 3, so that 2 events before it are missing'],
    ],
    [
      'the newest events of a stream',
      ({ revision, stream }) => stream !== 'account-1' || revision < 14,
      ['follows position 42 at position 44, so that an event before it is missing'],
    ],
  ])('finds %s missing where positions follow one another', async (_, kept, complaints) => {
    const { faults } = await verify(FOLLOWING.filter(kept), true);
    expect(faults.filter(({ code }) => code === 'position-gap').map(({ complaint }) => complaint)).toEqual(complaints);
    const elsewhere = await verify(FOLLOWING.filter(kept));
    expect(elsewhere.faults.filter(({ code }) => code === 'position-gap')).toEqual([]);
  });

  it('finds a whole stream missing where positions follow one another', async () => {
    const { faults } = await verify(
      FOLLOWING.filter(({ stream }) => stream !== 'account-1'),
      true,
    );
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['position-gap']));
    expect(faults).toHaveLength(10);
  });

  it('names the first faults and counts all', async () => {
    const log = LOG.map((event) => ({ ...event, type: 'other.v1' }));
    const found = await verify(log);
    expect(found.faultCount).toBe(45);
    expect(found.faults).toHaveLength(20);
    expect(found.faults[0]).toMatchObject({ stream: 'account-0', revision: 0, code: 'altered' });
  });
});

describe('A set of fingerprints', () => {
  it('is a set, also after it has grown', () => {
    const set = new FingerprintSet();
    const ids = Array.from({ length: 150_000 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
    expect(ids.filter((id) => set.add(id))).toEqual([]);
    expect(ids.every((id) => set.add(id))).toBe(true);
  });

  it('tells what was there before, for any texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const [set, model] = [new FingerprintSet(), new Set<string>()];
        for (const text of texts) {
          expect(set.add(text)).toBe(model.has(text));
          model.add(text);
        }
      }),
    );
  });
});

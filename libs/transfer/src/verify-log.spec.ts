import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '#event-sourcing';
import { InMemoryEventStore } from '#event-sourcing-testing';
import { chainedLog } from '../testing/chained-log.js';
import { recomputedHash } from './chain-check.js';
import { FingerprintSet } from './fingerprint-set.js';
import { verifyLog } from './verify-log.js';

/** A log that gives back what it is told, in this order, whatever that is. */
function logOf(events: readonly RecordedEvent[]) {
  return {
    head: async () => events.at(-1)?.position,
    async *readAll() {
      yield* events;
    },
    async *readStream(stream: string) {
      yield* events.filter((event) => event.stream === stream);
    },
  };
}

const verify = (events: readonly RecordedEvent[]) =>
  verifyLog(logOf(events), new AbortController().signal, () => undefined);

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
    ['two events that changed places', [...LOG.slice(0, 3), LOG[4]!, LOG[3]!, ...LOG.slice(5)], []],
  ])('finds %s', async (_, log, codes) => {
    const found = await verify(log);
    expect(found.faults.map(({ code }) => code)).toEqual(codes);
    expect(found.faultCount).toBe(codes.length);
    for (const fault of found.faults) expect(fault.stream).toBe(LOG[AT]!.stream);
  });

  it('finds an id that stands twice in a stream, though every hash is right', async () => {
    const [first, second] = chainedLog([{ stream: 1, events: 2 }]) as [RecordedEvent, RecordedEvent];
    const twin = { ...second, id: first.id };
    const log = [first, { ...twin, metadata: { ...twin.metadata, hash: recomputedHash(twin) } }];
    expect((await verify(log)).faults).toMatchObject([{ code: 'duplicate-id', stream: 'account-1', revision: 1 }]);
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

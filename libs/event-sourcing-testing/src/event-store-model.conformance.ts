import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventStore, EventToAppend, ExpectedRevision } from '#event-sourcing';
import { currentEnd, follow, idsOf, toArray } from './event-store-observations.js';
import { sampleEvents, uniqueStream } from './sample-events.js';

const RUNS = 15;
const STREAMS = 3;

/** One append: of new events at an expected revision, or again of what an earlier attempt tried to append. */
type Attempt =
  | { readonly kind: 'new'; readonly stream: number; readonly lag: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly attempt: number; readonly keep: number };

interface Append {
  readonly stream: number;
  readonly expected: ExpectedRevision;
  readonly events: readonly EventToAppend[];
}

const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('new' as const),
        stream: fc.nat(STREAMS - 1),
        // How far behind the stream's end the writer thinks it is; mostly it is right.
        lag: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -2, max: 3 }) },
        ),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('repeat' as const),
        attempt: fc.nat(30),
        keep: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 30 },
);

/** The store as the port describes it: for each stream its ids. */
class Model {
  readonly streams: string[][] = Array.from({ length: STREAMS }, () => []);
  readonly log: string[] = [];

  append({ stream, expected, events }: Append): { outcome: 'appended'; revision: number } | { outcome: 'conflict' } {
    const ids = this.streams[stream]!;
    const from = expected === 'no-stream' ? 0 : expected + 1;
    const appending = idsOf(events);
    if (from === ids.length) {
      ids.push(...appending);
      this.log.push(...appending);
    } else if (appending.some((id, n) => ids[from + n] !== id)) {
      return { outcome: 'conflict' };
    }
    return { outcome: 'appended', revision: from + events.length - 1 };
  }

  /** The append that an attempt stands for; nothing when there is nothing to repeat. */
  appendOf(attempt: Attempt, earlier: readonly Append[]): Append | undefined {
    if (attempt.kind === 'repeat') {
      const repeated = earlier[attempt.attempt % earlier.length];
      return repeated && { ...repeated, events: repeated.events.slice(0, attempt.keep) };
    }
    const last = this.streams[attempt.stream]!.length - 1 - attempt.lag;
    return { stream: attempt.stream, expected: last < 0 ? 'no-stream' : last, events: sampleEvents(attempt.count) };
  }
}

export function modelConformance(store: () => EventStore, timeout: number): void {
  it(
    'answers and keeps what a model of it does',
    async () => {
      await fc.assert(
        fc.asyncProperty(attempts, async (history) => {
          const model = new Model();
          const names = model.streams.map(uniqueStream);
          const after = await currentEnd(store());
          const earlier: Append[] = [];
          for (const attempt of history) {
            const append = model.appendOf(attempt, earlier);
            if (append === undefined) continue;
            earlier.push(append);
            // A repeat at the revision that the stream still has is a new append of stored ids, which no writer makes.
            if (attempt.kind === 'repeat' && repeatsAtTheEnd(model, append)) continue;
            const result = await store().append(names[append.stream]!, append.expected, append.events);
            expect(result).toMatchObject(model.append(append));
          }
          for (const [n, name] of names.entries()) {
            expect(idsOf(await toArray(store().readStream(name)))).toEqual(model.streams[n]);
          }
          expect(idsOf(await toArray(store().readAll({ from: after })))).toEqual(model.log);
          const { events } = await follow(store(), { after, batchSize: 5 }, (batches) => batches.at(-1)!.caughtUp);
          expect(idsOf(events)).toEqual(model.log);
        }),
        { numRuns: RUNS },
      );
    },
    timeout,
  );

  it(
    'gives concurrent writers of one stream some serial order',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 8 }), async (sizes) => {
          const stream = uniqueStream();
          const write = async (size: number) => {
            const events = sampleEvents(size);
            for (let expected: ExpectedRevision = 'no-stream'; ; ) {
              const result = await store().append(stream, expected, events);
              if (result.outcome === 'appended') return { events, result };
              const [last] = await toArray(store().readStream(stream, { direction: 'backwards', limit: 1 }));
              expected = last?.revision ?? 'no-stream';
            }
          };
          const written = await Promise.all(sizes.map(write));
          const read = await toArray(store().readStream(stream));
          expect(read.map(({ revision }) => revision)).toEqual(read.map((_, n) => n));
          expect(read.length).toBe(sizes.reduce((sum, size) => sum + size, 0));
          for (const { events, result } of written) {
            const place = read.slice(result.revision + 1 - events.length, result.revision + 1);
            expect(idsOf(place)).toEqual(idsOf(events));
            expect(place.at(-1)?.position).toBe(result.position);
          }
        }),
        { numRuns: RUNS },
      );
    },
    timeout,
  );
}

function repeatsAtTheEnd(model: Model, { stream, expected }: Append): boolean {
  return model.streams[stream]!.length === (expected === 'no-stream' ? 0 : expected + 1);
}

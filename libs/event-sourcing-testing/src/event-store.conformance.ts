import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '#event-sourcing';
import { appendConformance } from './event-store-append.conformance.js';
import { modelConformance } from './event-store-model.conformance.js';
import { appended, toArray } from './event-store-observations.js';
import { readConformance } from './event-store-read.conformance.js';
import { subscribeConformance } from './event-store-subscribe.conformance.js';
import { sampleEvents, uniqueStream } from './sample-events.js';

/** A store under test. It may hold other events already; nobody else writes to it meanwhile. */
export interface OpenedEventStore {
  readonly store: EventStore;
  /** Closes the store and opens it again, as a restarted process would. */
  reopen?(): Promise<EventStore>;
  /** Closes whatever is open. */
  close(): Promise<void>;
}

/** Milliseconds a case may take; generous, since the store may be far away and hold much. */
const TIMEOUT = 60_000;

/**
 * What every event store has to do, as Jest cases. Call it at the top of a spec.
 * @param name of the adapter
 * @param open called for the suite as a whole and once more for the case that reopens
 */
export function eventStoreConformance(name: string, open: () => Promise<OpenedEventStore>): void {
  describe(`${name} is an event store`, () => {
    let opened: OpenedEventStore;

    beforeAll(async () => {
      opened = await open();
    }, TIMEOUT);

    afterAll(() => opened.close(), TIMEOUT);

    const store = () => opened.store;
    describe('append', () => appendConformance(store, TIMEOUT));
    describe('read', () => readConformance(store, TIMEOUT));
    describe('subscribe', () => subscribeConformance(store, TIMEOUT));
    describe('random histories', () => modelConformance(store, TIMEOUT));

    describe('as a whole', () => {
      it('answers a ping', async () => {
        await expect(store().ping()).resolves.toBeUndefined();
      });

      it('has its newest event’s position as its head', async () => {
        const { position } = await appended(store(), uniqueStream(), 'no-stream', sampleEvents(2));
        expect(await store().head()).toBe(position);
      });

      it(
        'keeps everything when it is opened again',
        async () => {
          const other = await open();
          try {
            if (other.reopen === undefined) throw new Error('the spec offers no `reopen`');
            const stream = uniqueStream();
            const events = sampleEvents(3);
            const first = await appended(other.store, stream, 'no-stream', events);
            const before = await toArray(other.store.readStream(stream));
            const again = await other.reopen();
            expect(await toArray(again.readStream(stream))).toEqual(before);
            expect(await again.head()).toBe(first.position);
            expect(await again.append(stream, 'no-stream', events)).toEqual(first);
            const next = await appended(again, stream, 2, sampleEvents(1));
            expect(next.revision).toBe(3);
            expect(next.position).toBeGreaterThan(first.position);
          } finally {
            await other.close();
          }
        },
        TIMEOUT,
      );
    });
  });
}

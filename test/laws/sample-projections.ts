import fc from 'fast-check';
import {
  type Document,
  type DomainEvent,
  documents,
  type JsonObject,
  type ProjectedEvent,
  type Projection,
  runningTotals,
} from '#event-sourcing';
import type { StreamFact } from '#event-sourcing-testing';

/** A made-up capability with every kind of projection, whose folds tell a wrong order, a repeat and a loss apart. */

const OPENED = 'account-opened.v1';
const CLOSED = 'account-closed.v1';
const ADDED = 'line-added.v1';
const DROPPED = 'line-dropped.v1';
const MOVED = 'amount-moved.v1';
const NOTED = 'note-taken.v1';
const ALL = [OPENED, CLOSED, ADDED, DROPPED, MOVED, NOTED];

const text = (event: ProjectedEvent, member: string): string => String(event.data[member]);
const amount = (event: ProjectedEvent): bigint => BigInt(text(event, 'amount'));
const integer = (document: Document | undefined, field: string): bigint => BigInt(Number(document?.[field] ?? 0));

function refuseWhatIsUnreadable(event: ProjectedEvent): void {
  if (event.data.text === 'unreadable') throw new Error('the note cannot be read');
}

/** A document a stream, taken away when the account is closed and made again when it is opened again. */
export const accounts = documents({
  name: 'sample-accounts',
  version: 1,
  collection: {
    fields: { account: 'text', name: 'text', events: 'integer', mean: 'number', open: 'boolean', trail: 'json' },
    key: ['account'],
    indexes: [['name']],
  },
  events: ALL,
  keys: ({ stream }) => [[stream]],
  fold(document, event) {
    refuseWhatIsUnreadable(event);
    if (event.type === CLOSED) return null;
    if (document === undefined && event.type !== OPENED) return null;
    if (event.type === NOTED) return document ?? null;
    const events = integer(document, 'events') + 1n;
    const trail = Array.isArray(document?.trail) ? document.trail : [];
    return {
      account: event.stream,
      name: event.type === OPENED ? text(event, 'name') : (document?.name ?? null),
      events,
      mean: Number(events) / 3,
      open: true,
      trail: [...trail.slice(-4), event.revision],
    };
  },
});

/** Several documents a stream; one event may change two of them; gone when they count to zero. */
export const orders = documents({
  name: 'sample-orders',
  version: 2,
  collection: {
    fields: { account: 'text', order: 'text', lines: 'integer', total: 'integer' },
    key: ['account', 'order'],
    indexes: [['account', 'total']],
  },
  events: [ADDED, DROPPED, MOVED],
  keys({ type, stream, data }) {
    if (type === MOVED) return [data.from, data.to].map((order) => [stream, String(order)]);
    return [[stream, String(data.order)]];
  },
  fold(document, event, [account = '', order = '']) {
    const [lines, total] = [integer(document, 'lines'), integer(document, 'total')];
    if (event.type === ADDED) return { account, order, lines: lines + 1n, total: total + amount(event) };
    if (document === undefined && event.data.strict === true) throw new Error('there is no such order');
    if (event.type === MOVED) {
      const moved = (event.data.to === order ? amount(event) : 0n) - (event.data.from === order ? amount(event) : 0n);
      return { account, order, lines, total: total + moved };
    }
    return lines <= 1n ? null : { account, order, lines: lines - 1n, total: total / 2n };
  },
});

/** Partials by partition, over several streams; their folds do not commute. */
export const partials = documents({
  name: 'sample-partials',
  version: 1,
  collection: {
    fields: { partition: 'integer', kind: 'text', events: 'integer', digest: 'integer' },
    key: ['partition', 'kind'],
  },
  events: [OPENED, ADDED, NOTED],
  keys: ({ type }, partition) => [[BigInt(partition), type]],
  fold(document, event) {
    refuseWhatIsUnreadable(event);
    const digest = (integer(document, 'digest') * 31n + BigInt(event.revision) + 7n) % 1_000_003n;
    return { events: integer(document, 'events') + 1n, digest };
  },
});

const dayOf = (event: ProjectedEvent, member = 'day'): number => Number(event.data[member]);

function postingsOf(event: ProjectedEvent) {
  refuseWhatIsUnreadable(event);
  switch (event.type) {
    case ADDED:
      return [{ day: dayOf(event), amounts: { amount: amount(event), lines: 1n } }];
    case MOVED:
      return [
        { day: dayOf(event, 'fromDay'), amounts: { amount: -amount(event) } },
        { day: dayOf(event, 'toDay'), amounts: { amount: amount(event) } },
      ];
    case DROPPED:
      return [{ day: dayOf(event), amounts: {} }];
    default:
      return [];
  }
}

/** Running totals a stream. */
export const dailyTotals = runningTotals({
  name: 'sample-daily-totals',
  version: 1,
  events: ALL,
  subject: 'account',
  totals: ['amount', 'lines'],
  subjectOf: ({ stream }) => stream,
  postings: postingsOf,
});

/** Running totals of several subjects a stream. */
export const orderTotals = runningTotals({
  name: 'sample-order-totals',
  version: 1,
  events: [ADDED, DROPPED],
  subject: 'order',
  totals: ['amount'],
  subjectOf: ({ stream, data }) => `${stream}/${String(data.order)}`,
  postings: (event) =>
    postingsOf(event).map(({ day, amounts }) => ({
      day,
      amounts: { amount: 'amount' in amounts ? amounts.amount : 0n },
    })),
});

export const sampleProjections: readonly Projection[] = [accounts, orders, partials, dailyTotals, orderTotals];

const order = fc.constantFrom('o1', 'o2', 'o3');
const day = fc.integer({ min: -1, max: 5 });
const someAmount = fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }).map(String);
const strict = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const note = fc.oneof(
  { weight: 5, arbitrary: fc.constant('fine') },
  { weight: 1, arbitrary: fc.constant('unreadable') },
);

const fact = <T extends JsonObject>(type: string, data: fc.Arbitrary<T>): fc.Arbitrary<DomainEvent> =>
  data.map((chosen) => ({ type, data: chosen, occurredAt: '2026-01-01T00:00:00.000Z' }));

const facts = fc.oneof(
  { weight: 2, arbitrary: fact(OPENED, fc.record({ name: fc.constantFrom('Łódź', '', 'a\0b') })) },
  { weight: 2, arbitrary: fact(CLOSED, fc.constant({})) },
  { weight: 5, arbitrary: fact(ADDED, fc.record({ order, amount: someAmount, day })) },
  { weight: 3, arbitrary: fact(DROPPED, fc.record({ order, day, strict })) },
  {
    weight: 2,
    arbitrary: fact(MOVED, fc.record({ from: order, to: order, amount: someAmount, fromDay: day, toDay: day, strict })),
  },
  { weight: 1, arbitrary: fact(NOTED, fc.record({ text: note })) },
);

/** Facts of three accounts, two of them of one partition; some are dated before others recorded earlier. */
export const sampleHistory: fc.Arbitrary<readonly StreamFact[]> = fc.array(
  fc.tuple(fc.constantFrom('account-8', 'account-59', 'account-2'), facts),
  { maxLength: 60, size: 'max' },
);

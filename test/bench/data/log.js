import { randomUUID } from 'node:crypto';
import { chainedEvents } from '#event-sourcing';

/** Histories of made-up accounts, the same each time, appended to a store without deciding anything. */

const DAY = 86_400_000;
const FIRST_DAY = Date.parse('2024-01-01T08:00:00.000Z');
const DAYS = 730;
const REGIONS = ['North', 'East', 'South', 'West', 'Overseas'];
/** Appends under way at once: what one group of the writer takes. */
const CHUNK = 1_024;

/** Numbers from 0 to 1 by mulberry32: the same ones from the same seed. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function accountName(number) {
  return `a${String(number).padStart(6, '0')}`;
}

/** Dates go on with the events, with a week of disorder. */
function dateOf(share, random) {
  return new Date(FIRST_DAY + Math.floor((share * DAYS + random() * 7) * DAY)).toISOString();
}

function registration(number) {
  const accountId = accountName(number);
  return {
    stream: `account-${accountId}`,
    event: {
      type: 'account-registered.v1',
      data: { accountId, name: `Account ${number}`, provisional: false, region: REGIONS[number % REGIONS.length] },
      occurredAt: new Date(FIRST_DAY).toISOString(),
    },
  };
}

/** 80 % orders, 12 % visits, 8 % surveys; some accounts have many more than others. */
function fact(number, count, accounts, random) {
  const account = Math.floor(accounts * random() ** 1.5);
  const kind = random();
  const occurredAt = dateOf(number / count, random);
  const stream = `account-${accountName(account)}`;
  if (kind < 0.8) return { stream, event: { type: 'order-placed.v1', data: order(number, random), occurredAt } };
  if (kind < 0.92) {
    const data = { visitId: `v${number}`, channel: 'on-site', summary: 'Talked about the next quarter.' };
    return { stream, event: { type: 'visit-logged.v1', data, occurredAt } };
  }
  const data = {
    surveyId: `s${number}`,
    metric: 'csat',
    score: 1 + Math.floor(random() * 5),
    respondent: `r${number % 7}`,
  };
  return { stream, event: { type: 'survey-scored.v1', data, occurredAt } };
}

function order(number, random) {
  const quantity = 1 + Math.floor(random() * 20);
  const price = Math.round(1_000 * 20 ** random()) / 100;
  return {
    orderId: `o${number}`,
    currency: 'CNY',
    rate: '1',
    channel: 'sales-app',
    lines: [
      {
        lineNo: 1,
        sku: `SKU-${Math.floor(random() * 500)}`,
        quantity: String(quantity),
        unitPrice: String(price),
        unitCost: '5.25',
        description: 'Centrifugal pump, cast iron, flanged, 40 mm',
      },
    ],
    baseRevenue: String(Math.round(quantity * price * 100) / 100),
    baseCost: String(quantity * 5.25),
  };
}

/** Chains events behind the ends of their streams, as the command side does. */
class StreamEnds {
  #ends = new Map();

  /** @returns the arguments of an append */
  next({ stream, event }) {
    const end = this.#ends.get(stream) ?? { stream, revision: -1, hash: '' };
    const requestId = randomUUID();
    const request = {
      context: { actor: 'bench', role: 'sales' },
      requestId,
      correlationId: requestId,
      source: 'import',
    };
    const events = chainedEvents(end, request, [event], event.occurredAt, randomUUID);
    this.#ends.set(stream, { stream, revision: end.revision + 1, hash: events[0].metadata.hash });
    return [stream, end.revision < 0 ? 'no-stream' : end.revision, events];
  }
}

async function appendAll(store, facts) {
  const ends = new StreamEnds();
  let appends = [];
  const settle = async () => {
    for (const { outcome } of await Promise.all(appends)) if (outcome !== 'appended') throw new Error(outcome);
    appends = [];
  };
  for (const each of facts) {
    appends.push(store.append(...ends.next(each)));
    if (appends.length === CHUNK) await settle();
  }
  await settle();
}

/** A ledger's history: a registration an account and `events` facts. @param {import('#event-sourcing').EventStore} store */
export async function appendHistory(store, events, accounts) {
  await appendAll(
    store,
    (function* facts() {
      const random = randomNumbers(1);
      for (let number = 0; number < accounts; number++) yield registration(number);
      for (let number = 0; number < events; number++) yield fact(number, events, accounts, random);
    })(),
  );
}

/** Events of accounts of its own, ten an account. @returns how many there are of them then */
export async function appendFiller(store, before, count) {
  await appendAll(
    store,
    (function* facts() {
      const random = randomNumbers(before + 2);
      for (let number = before; number < before + count; number++) {
        const event = { type: 'order-placed.v1', data: order(number, random), occurredAt: '2025-06-01T08:00:00.000Z' };
        yield { stream: `account-filler-${before}-${Math.floor((number - before) / 10)}`, event };
      }
    })(),
  );
  return before + count;
}

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ZonedCalendar } from '#calendar';
import {
  type Command,
  CommandExecutor,
  type CommandRequest,
  chainedEvents,
  type Decider,
  type DomainEvent,
  type SnapshotStore,
} from '#event-sourcing';
import { InMemoryEventStore, InMemorySnapshotStore, lawRuns, lawSeed } from '#event-sourcing-testing';
import { CAPABILITY_LIST, eventTypes } from '#ledger';
import { LEDGER_FACTS, ledgerHistory } from './ledger-history.js';

/**
 * A state that went into snapshots and came out of them, wherever these were taken, decides as the one that was folded from
 * the stream's start does: for the deciders of each kind of stream, random histories and random commands.
 */

const RUNS = Math.ceil(lawRuns() / 4);
/** Milliseconds a history. */
const PATIENCE = 2_000;
const NOW = '2012-01-01T00:00:00.000Z';
const registry = eventTypes();
const settings = { calendar: new ZonedCalendar('Europe/Berlin'), baseCurrency: 'EUR' };

type Fact = DomainEvent<string, object>;

const STREAMS = {
  account: 'account-acme',
  policy: 'policy-growth',
  settings: 'settings',
} as const;

function decidersOf(subject: keyof typeof STREAMS): readonly Decider[] {
  return CAPABILITY_LIST.flatMap(({ deciders }) => deciders)
    .filter((each) => each.subject === subject)
    .map(({ decider }) => decider(settings));
}

/** Members of all commands' data, from the ids and dates of the histories; each command takes what is its own. */
const commandData: fc.Arbitrary<object> = fc
  .tuple(
    fc.constantFrom(...Object.values(LEDGER_FACTS)).chain((data) => data),
    fc.gen(),
  )
  .map(([fact, pick]) => {
    const one = (...values: readonly unknown[]): unknown => pick(fc.constantFrom<unknown[]>, ...values);
    const at = one('2011-01-01T12:00:00.000Z', '2011-12-09T12:50:00.000Z', '2010-12-31T22:59:59.999Z');
    const instants = ['at', 'placedAt', 'deliveredAt', 'returnedAt', 'cancelledAt', 'issuedAt'];
    const more = ['visitedAt', 'scoredAt', 'signedAt', 'adoptedAt'];
    return {
      accountId: 'acme',
      policyId: 'growth',
      name: one('Łódź', 'plain'),
      region: one(null, 'plain'),
      reason: one(null, 'plain'),
      orderId: one('order-1', 'order-2'),
      returnId: one('return-1', 'return-2'),
      creditNoteId: one('credit-1', 'credit-3'),
      visitId: one('visit-1', 'visit-3'),
      surveyId: one('survey-1', 'survey-3'),
      agreementId: one('agreement-1', 'agreement-3'),
      planId: one('plan-1', 'plan-3'),
      contactId: one('contact-1', 'contact-2'),
      member: one('member-1', 'member-2'),
      role: one('sales', 'sponsor', 'key-account-manager'),
      participants: one(null, ['contact-1', 'contact-3']),
      to: one('cooperative', 'interdependent', 'integrated', 'exploratory', 'disintegrating'),
      version: one('1', '2'),
      policy: { name: 'A policy' },
      effectiveFrom: one(null, '2011-01-01'),
      currency: one('EUR', 'USD'),
      date: '2011-01-01',
      rate: one('1', '1.1'),
      metric: one('csat', 'nps'),
      score: one(3, 11),
      every: one('P1M', 'P14D'),
      criterion: one('potential', 'fit'),
      points: one(1, 7.5),
      start: '2010-12-31',
      end: '2011-12-09',
      objectives: [{ text: 'Grow', target: '10' }],
      terms: [{ kind: 'discount', value: 0.1 }],
      lines: [{ lineNo: 1, sku: 'plain', quantity: one('1', '2.5'), unitPrice: one('2', '10.5') }],
      // As the facts have them, so that what is said again is met, too.
      ...fact,
      ...Object.fromEntries([...instants, ...more].map((name) => [name, at])),
    };
  });

function commandFor(deciders: readonly Decider[]): fc.Arbitrary<Command<string, object>> {
  const types = deciders.flatMap(({ commands }) => commands);
  return fc.record({ type: fc.constantFrom(...types), data: commandData });
}

function executorOn(
  store: InMemoryEventStore,
  deciders: readonly Decider[],
  snapshots?: { readonly store: SnapshotStore; readonly every: number },
) {
  return new CommandExecutor({
    store,
    registry,
    decidersOf: () => deciders,
    now: () => NOW,
    newId: randomUUID,
    patience: { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => 0 },
    ...(snapshots === undefined ? {} : { snapshots }),
    observe: {
      snapshotFailed(_, error) {
        throw error;
      },
    },
  });
}

async function append(store: InMemoryEventStore, stream: string, facts: readonly Fact[]): Promise<void> {
  let end = { stream, revision: -1, hash: '' };
  for await (const { revision, metadata } of store.readStream(stream, { direction: 'backwards', limit: 1 })) {
    end = { stream, revision, hash: metadata.hash };
  }
  for (const fact of facts) {
    const number = end.revision + 1;
    const keyed = number % 3 === 0 ? {} : { idempotencyKey: `key-${number}`, requestHash: 'the hash' };
    const request = { ...requestOf(`${number}`), ...keyed };
    const events = chainedEvents(end, request, [fact], NOW, () => `event-${number}`);
    await store.append(stream, end.revision < 0 ? 'no-stream' : end.revision, events);
    end = { stream, revision: number, hash: events[0]!.metadata.hash };
  }
}

function requestOf(requestId: string) {
  const context = { now: NOW, actor: 'somebody', role: 'manager' };
  return { context, requestId, correlationId: 'c', source: 'test' } as const;
}

/** What became of it, but for the ids of new events. */
async function outcomeOf(
  executor: CommandExecutor,
  request: CommandRequest,
): Promise<{ readonly outcome: string; readonly events?: unknown }> {
  try {
    const outcome = await executor.execute(request);
    if (outcome.outcome !== 'accepted') return outcome;
    return { ...outcome, events: outcome.events.map(({ type, data, occurredAt }) => ({ type, data, occurredAt })) };
  } catch (error) {
    return { outcome: `thrown: ${String(error)}` };
  }
}

/** What a decider's state holds besides its keyed parts. */
async function expectSameRests(
  stream: string,
  deciders: readonly Decider[],
  cold: CommandExecutor,
  whole: CommandExecutor,
): Promise<void> {
  const [restored, folded] = await Promise.all([cold.view(stream), whole.view(stream)]);
  for (const { name, snapshot } of deciders) {
    expect(snapshot?.write(restored.state(name))).toEqual(snapshot?.write(folded.state(name)));
  }
}

describe.each(Object.entries(STREAMS))('The deciders of the stream of a kind: %s', (name, stream) => {
  const subject = name as keyof typeof STREAMS;
  const deciders = decidersOf(subject);
  const types = Object.keys(LEDGER_FACTS).filter((type) => {
    const kind = type.startsWith('policy-') ? 'policy' : /^(exchange|ledger)-/.test(type) ? 'settings' : 'account';
    return kind === subject;
  });
  const history = ledgerHistory(types).map((facts) => facts.map(([, fact]) => fact));

  it('say how their state goes into a snapshot', () => {
    expect(deciders.length).toBeGreaterThan(0);
    for (const { snapshot } of deciders) expect(snapshot).toBeDefined();
  });

  it(
    'decide on a state out of snapshots as on one folded from the start',
    async () => {
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(history, { minLength: 1, maxLength: 4 }),
          fc.array(commandFor(deciders), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 1, max: 12 }),
          async (pieces, commands, every) => {
            const [plain, other] = [new InMemoryEventStore(), new InMemoryEventStore()];
            const snapshots = { store: new InMemorySnapshotStore(), every };
            for (const piece of pieces) {
              await append(plain, stream, piece);
              await append(other, stream, piece);
              // Another process each time: it begins with the snapshot of the one before and leaves its own.
              const executor = executorOn(other, deciders, snapshots);
              await executor.view(stream);
              await executor.idle();
            }
            const whole = executorOn(plain, deciders);
            const events = pieces.flat().length;
            expect(snapshots.store.heads.size).toBe(events >= every ? 1 : 0);
            await expectSameRests(stream, deciders, executorOn(other, deciders, snapshots), whole);
            for (const [index, command] of commands.entries()) {
              const cold = executorOn(other, deciders, snapshots);
              const request = { stream, command, ...requestOf(`c${index}`) };
              const outcome = await outcomeOf(cold, request);
              expect(outcome).toEqual(await outcomeOf(whole, request));
              if (outcome.outcome === 'accepted') accepted += 1;
              await cold.idle();
            }
            const cold = executorOn(other, deciders, snapshots);
            for (let number = 0; number < events; number += 2) {
              const keyed = { idempotencyKey: `key-${number}`, requestHash: 'the hash' };
              const request = { stream, command: commands[0]!, ...requestOf('again'), ...keyed };
              if (number % 3 === 0) continue;
              const outcome = await outcomeOf(cold, request);
              expect(outcome).toMatchObject({ outcome: 'accepted', replayed: true, revision: number });
              expect(outcome).toEqual(await outcomeOf(whole, request));
            }
          },
        ),
        { numRuns: RUNS, seed: lawSeed() },
      );
      // Else it would have compared refusals with refusals.
      expect(accepted).toBeGreaterThan(RUNS / 10);
    },
    RUNS * PATIENCE,
  );
});

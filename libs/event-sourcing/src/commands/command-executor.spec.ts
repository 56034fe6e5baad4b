import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  AppendOutcomeUnknown,
  type AppendResult,
  CommandExecutor,
  type CommandExecutorOptions,
  type CommandOutcome,
  type CommandRequest,
  type Decider,
  type DomainEvent,
  type EventStore,
  type EventToAppend,
  EventTypeRegistry,
  type ExpectedRevision,
  eventHash,
  type ReadStreamOptions,
  type RecordedEvent,
  reject,
  StoreUnavailable,
} from '#event-sourcing';
import { InMemoryEventStore } from '#event-sourcing-testing';

/** A till: money is put in and taken out, never more than there is. */
interface Till {
  readonly balance: number;
}
type TillCommand = { readonly type: 'put-in' | 'take-out' | 'break'; readonly data: { readonly amount: number } };

const till: Decider<Till, TillCommand> = {
  name: 'till',
  commands: ['put-in', 'take-out', 'break'],
  version: 1,
  initial: () => ({ balance: 0 }),
  evolve: (state, { data }) => ({ balance: state.balance + (data as { change: number }).change }),
  decide({ type, data: { amount } }, { balance }, { now }) {
    if (type === 'break') throw new Error('a fault in the rules');
    if (amount === 0) return [];
    if (type === 'take-out' && amount > balance) return reject('rule', 'too-much', `There is only ${balance}.`);
    const change = type === 'put-in' ? amount : -amount;
    return [{ type: 'till-changed.v1', data: { change, after: balance + change }, occurredAt: now }] as DomainEvent[];
  },
};

/** RFC 8785 by a library. */
const canonicalize: (value: unknown) => string = createRequire(import.meta.url)('canonicalize');

const registry = new EventTypeRegistry([{ types: ['till-changed.v1'] }]);
let clock = Date.parse('2026-01-01T00:00:00.000Z');

function executorOn(store: EventStore, options: Partial<CommandExecutorOptions> = {}): CommandExecutor {
  return new CommandExecutor({
    store,
    registry,
    decidersOf: () => [till],
    now: () => new Date(clock++).toISOString(),
    newId: randomUUID,
    patience: { unavailable: 100, unknown: 200, sleep: async () => undefined, elapsed: () => performance.now() },
    ...options,
  });
}

function request(type: TillCommand['type'], amount: number, more: Partial<CommandRequest> = {}): CommandRequest {
  return {
    stream: 'account-a',
    command: { type, data: { amount } },
    context: { now: '2026-01-01T00:00:00.000Z', actor: 'somebody', role: 'sales' },
    requestId: randomUUID(),
    correlationId: randomUUID(),
    source: 'http',
    ...more,
  };
}

const keyed = (type: TillCommand['type'], amount: number, idempotencyKey: string) =>
  request(type, amount, { idempotencyKey, requestHash: `${type} ${amount}` });

async function eventsOf(store: EventStore, stream = 'account-a'): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  return events;
}

/** Counts appends, and fails the ones it is told to, before or after they are stored. */
class UnsteadyStore extends InMemoryEventStore {
  appends = 0;
  plan: ('unavailable' | 'lost-before' | 'lost-after' | 'ok')[] = [];

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EventToAppend[],
  ): Promise<AppendResult> {
    this.appends += 1;
    const fate = this.plan.shift() ?? 'ok';
    if (fate === 'unavailable') throw new StoreUnavailable('away');
    if (fate === 'lost-before') throw new AppendOutcomeUnknown('lost');
    const result = await super.append(stream, expected, events);
    if (fate === 'lost-after') throw new AppendOutcomeUnknown('lost');
    return result;
  }
}

/** Shows nothing to reads of a certain number of events, so many times. */
class SlowToShowStore extends InMemoryEventStore {
  hides = 0;

  override async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    if (options.limit !== undefined && this.hides > 0) this.hides -= 1;
    else yield* super.readStream(stream, options);
  }
}

describe('CommandExecutor', () => {
  it('decides what waits for a stream in turn and appends it as one write', async () => {
    const store = new UnsteadyStore();
    const executor = executorOn(store);
    const outcomes = await Promise.all([
      executor.execute(request('put-in', 5)),
      executor.execute(request('take-out', 3)),
      executor.execute(request('take-out', 3)),
      executor.execute(request('put-in', 0)),
    ]);
    expect(outcomes).toMatchObject([
      { outcome: 'accepted', revision: 0 },
      { outcome: 'accepted', revision: 1 },
      { outcome: 'rejected', rejection: { code: 'too-much', message: 'There is only 2.' } },
      { outcome: 'accepted', revision: 1, events: [] },
    ]);
    expect(store.appends).toBeLessThanOrEqual(2);
    expect((await eventsOf(store)).map(({ data }) => data.after)).toEqual([5, 2]);
  });

  it('chains hashes over canonical JSON and never lets recordedAt go back', async () => {
    const store = new InMemoryEventStore();
    const times = ['2026-01-01T00:00:05.000Z', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:09.000Z'];
    const executor = executorOn(store, { now: () => times.shift() ?? '' });
    for (const amount of [1, 2, 3]) await executor.execute(keyed('put-in', amount, `key ${amount}`));
    let prevHash = '';
    for (const event of await eventsOf(store)) {
      const { hash, ...unhashed } = event.metadata;
      expect(unhashed.prevHash).toBe(prevHash);
      expect(eventHash(event, unhashed)).toBe(hash);
      expect(JSON.stringify(event.metadata)).toBe(canonicalize(event.metadata));
      expect(JSON.stringify(event.data)).toBe(canonicalize(event.data));
      prevHash = hash;
    }
    expect((await eventsOf(store)).map(({ metadata }) => metadata.recordedAt.slice(17, 19))).toEqual([
      '05',
      '05',
      '09',
    ]);
  });

  it('answers a repeated key as the first time, also in the same write and after a restart', async () => {
    const store = new InMemoryEventStore();
    const executor = executorOn(store);
    const together = await Promise.all([
      executor.execute(keyed('put-in', 5, 'k')),
      executor.execute(keyed('put-in', 5, 'k')),
      executor.execute(keyed('put-in', 6, 'k')),
    ]);
    expect(together[0]).toMatchObject({ outcome: 'accepted', replayed: false });
    expect(together[1]).toEqual({ ...together[0], replayed: true });
    expect(together[2]).toEqual({ outcome: 'key-reused' });
    const later = executorOn(store);
    expect(await later.execute(keyed('put-in', 5, 'k'))).toEqual({ ...together[0], replayed: true });
    expect(await later.execute(keyed('put-in', 6, 'k'))).toEqual({ outcome: 'key-reused' });
    expect(await eventsOf(store)).toHaveLength(1);
  });

  it('does not remember refusals', async () => {
    const executor = executorOn(new InMemoryEventStore());
    expect(await executor.execute(keyed('take-out', 1, 'k'))).toMatchObject({ outcome: 'rejected' });
    await executor.execute(request('put-in', 1));
    expect(await executor.execute(keyed('take-out', 1, 'k'))).toMatchObject({ outcome: 'accepted' });
  });

  it('holds a stream to the revision that is asked for', async () => {
    const executor = executorOn(new InMemoryEventStore());
    await executor.execute(request('put-in', 1));
    expect(await executor.execute(request('put-in', 1, { expectedRevision: 1 }))).toEqual({
      outcome: 'revision-mismatch',
      revision: 0,
    });
    expect(await executor.execute(request('put-in', 1, { expectedRevision: 0 }))).toMatchObject({ revision: 1 });
  });

  it('says a refusal, and that it is so already, of the newest state only', async () => {
    const store = new InMemoryEventStore();
    const [here, there] = [executorOn(store), executorOn(store)];
    await here.execute(request('put-in', 1));
    await there.execute(request('put-in', 10));
    expect(await here.execute(request('take-out', 11))).toMatchObject({ outcome: 'accepted', revision: 2 });
    expect(await there.execute(request('put-in', 0))).toMatchObject({ revision: 2, events: [] });
    expect(await there.execute(request('take-out', 1))).toMatchObject({ outcome: 'rejected' });
  });

  it('asks the guard before the decider', async () => {
    const store = new InMemoryEventStore();
    const guard: CommandRequest['guard'] = ({ revision, state }) =>
      revision < 0 ? reject('not-found', 'none', 'None.') : state('till') === null ? undefined : undefined;
    expect(await executorOn(store).execute(request('put-in', 1, { guard }))).toMatchObject({
      rejection: { code: 'none' },
    });
    expect(await eventsOf(store)).toEqual([]);
  });

  it('asks the guard before it looks for an earlier answer', async () => {
    const executor = executorOn(new InMemoryEventStore());
    await executor.execute(keyed('put-in', 5, 'k'));
    const refused = { outcome: 'rejected', rejection: { code: 'none' } };
    const guard = () => reject('not-found', 'none', 'None.');
    expect(await executor.execute({ ...keyed('put-in', 5, 'k'), guard })).toMatchObject(refused);
    expect(await executor.execute({ ...keyed('put-in', 6, 'k'), guard })).toMatchObject(refused);
  });

  it('keeps a fault in the rules of one command from the others', async () => {
    const executor = executorOn(new InMemoryEventStore());
    const [broken, fine] = await Promise.allSettled([
      executor.execute(request('break', 1)),
      executor.execute(request('put-in', 1)),
    ]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: 'a fault in the rules' } });
    expect(fine).toMatchObject({ status: 'fulfilled', value: { outcome: 'accepted' } });
  });

  it('settles a lost answer by asking again, and stores it once', async () => {
    const store = new UnsteadyStore();
    store.plan = ['lost-after', 'unavailable', 'lost-before', 'ok'];
    const executor = executorOn(store);
    expect(await executor.execute(request('put-in', 5))).toMatchObject({ outcome: 'accepted', revision: 0 });
    expect(await executor.execute(request('put-in', 5))).toMatchObject({ outcome: 'accepted', revision: 1 });
    expect(await eventsOf(store)).toHaveLength(2);
  });

  it('tells a store that stays away from an outcome that stays unknown', async () => {
    const away = new UnsteadyStore();
    away.plan = Array(100_000).fill('unavailable');
    await expect(executorOn(away).execute(request('put-in', 5))).rejects.toThrow(StoreUnavailable);
    const lost = new UnsteadyStore();
    lost.plan = ['lost-after', ...Array(100_000).fill('unavailable')];
    const executor = executorOn(lost);
    await expect(executor.execute(keyed('put-in', 5, 'k'))).rejects.toThrow(AppendOutcomeUnknown);
    lost.plan = [];
    expect(await executor.execute(keyed('put-in', 5, 'k'))).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(await eventsOf(lost)).toHaveLength(1);
  });

  it('waits for a store that does not show yet what it has stored', async () => {
    const store = new SlowToShowStore();
    const executor = executorOn(store);
    const first = await executor.execute(keyed('put-in', 5, 'k'));
    store.hides = 3;
    expect(await executor.execute(keyed('put-in', 5, 'k'))).toEqual({ ...first, replayed: true });
    store.hides = Number.POSITIVE_INFINITY;
    await expect(executor.execute(keyed('put-in', 5, 'k'))).rejects.toThrow(StoreUnavailable);
  });

  it('forgets streams beyond its bytes and loads them again', async () => {
    const store = new InMemoryEventStore();
    const executor = executorOn(store, { cacheBytes: 1_000 });
    for (let round = 0; round < 3; round++) {
      for (const stream of ['account-a', 'account-b', 'account-c'])
        await executor.execute(request('put-in', 1, { stream }));
    }
    expect((await eventsOf(store, 'account-b')).map(({ data }) => data.after)).toEqual([1, 2, 3]);
  });

  it('splits what would be too large for one append', async () => {
    const store = new UnsteadyStore();
    const executor = executorOn(store);
    await Promise.all(Array.from({ length: 1_200 }, () => executor.execute(request('put-in', 1))));
    expect(store.appends).toBeGreaterThanOrEqual(3);
    expect((await eventsOf(store)).at(-1)?.data.after).toBe(1_200);
  });

  it('loses and doubles nothing, with two processes, repeated keys and a store that fails now and then', async () => {
    const fate = fc.constantFrom('ok', 'ok', 'ok', 'lost-before', 'lost-after', 'unavailable');
    const step = fc.record({
      process: fc.constantFrom(0, 1),
      key: fc.integer({ min: 0, max: 9 }),
      burst: fc.boolean(),
    });
    // The plans have an end, a busy machine's pauses have no bound.
    const patience = {
      unavailable: Number.POSITIVE_INFINITY,
      unknown: Number.POSITIVE_INFINITY,
      sleep: async () => undefined,
      elapsed: () => 0,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(fate, { maxLength: 60 }), async (steps, plan) => {
        const store = new UnsteadyStore();
        store.plan = plan as UnsteadyStore['plan'];
        const executors = [executorOn(store, { patience }), executorOn(store, { patience })];
        const answered: Promise<readonly [string, CommandOutcome]>[] = [];
        for (const { process, key, burst } of steps) {
          const answer = executors[process]!.execute(keyed('put-in', 1 + key, `k${key}`)).then(
            (outcome) => [`k${key}`, outcome] as const,
          );
          answered.push(answer);
          if (!burst) await answer;
        }
        const events = await Promise.all(answered).then(() => eventsOf(store));
        const keys = events.map(({ metadata }) => metadata.commandId);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [key, outcome] of await Promise.all(answered)) {
          expect(outcome).toMatchObject({ outcome: 'accepted' });
          expect(keys).toContain(key);
        }
        expect(events.map(({ data }) => data.after)).toEqual(
          events.map((_, index) => events.slice(0, index + 1).reduce((sum, { data }) => sum + Number(data.change), 0)),
        );
      }),
      { numRuns: 150 },
    );
  });
});

import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { LedgerProcess } from '#test/e2e/ledger-process';
import { ProjectorProcess } from '#test/e2e/projector-process';
import { readModelFaults, withStores } from './drill/ledger-check.js';

const SLOW = 300_000;
const PARTITIONS = 64;
/** Takeover of a projector that is gone, in milliseconds. */
const TAKEOVER = 10_000;
/** For what is promised, but not within a time. */
const PATIENCE = 60_000;
const PAST_THE_LEASE = 8_000;
const ACCOUNTS = 40;

/** Places orders on many accounts until it is told to end; each is read back at once. */
class Traffic {
  orders = 0;
  newest = '0';
  #over = false;
  readonly #ended: Promise<void>;

  constructor(ledger: LedgerProcess) {
    this.#ended = this.#run(ledger);
  }

  async #run(ledger: LedgerProcess): Promise<void> {
    const client = ledger.client();
    while (!this.#over) {
      const body = {
        placedAt: '2026-06-01T00:00:00Z',
        currency: 'EUR',
        lines: [{ sku: 'a', quantity: 1, unitPrice: '1' }],
      };
      const path = `/v1/accounts/a-${this.orders % ACCOUNTS}/orders`;
      const answer = await client.must('POST', path, body, { 'idempotency-key': `order-${this.orders}` });
      this.newest = answer.headers.get('keyledger-position') ?? '0';
      this.orders += 1;
    }
  }

  /** Resolves when more orders were placed than that. @throws Error when none comes */
  async beyond(orders: number): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; this.orders <= orders; await setTimeout(50)) {
      if (Date.now() > deadline) throw new Error(`no order was placed after ${orders}`);
    }
  }

  end(): Promise<void> {
    this.#over = true;
    return this.#ended;
  }
}

/**
 * One API and two projectors, then three; one is killed, one is stopped past its lease and let go on, while orders are
 * placed all the time. The others have its partitions in time, and the read models are those of a clean rebuild.
 */
describeOnBackends('Projectors that come, are killed and are stopped', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let traffic: Traffic;
  const projectors: ProjectorProcess[] = [];

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start({ ...backend.environment, KEYLEDGER_PROJECTOR: 'none' });
    for (let n = 0; n < ACCOUNTS; n++) {
      const account = { accountId: `a-${n}`, name: `A ${n}`, at: '2026-01-01T00:00:00Z' };
      await ledger.client().must('POST', '/v1/accounts', account);
    }
    traffic = new Traffic(ledger);
  }, SLOW);
  afterAll(async () => {
    try {
      await traffic.end();
    } finally {
      for (const projector of projectors) await projector.end('SIGKILL');
      await ledger.stop();
      await backend.close();
    }
  }, SLOW);

  const add = () => {
    const projector = new ProjectorProcess(backend.environment);
    projectors.push(projector);
    return projector;
  };

  /** Partitions by process id. */
  async function shares(): Promise<Map<number, number>> {
    const { body } = await ledger.client().get('/v1/projections');
    return new Map(body.projectors.map((each: { pid: number; partitions: number }) => [each.pid, each.partitions]));
  }

  /** @returns milliseconds until the projectors' shares are these */
  async function until(wanted: readonly (readonly [ProjectorProcess, number])[], patience = TAKEOVER): Promise<number> {
    const started = performance.now();
    for (;;) {
      const seen = await shares();
      if (wanted.every(([{ pid }, partitions]) => (seen.get(pid) ?? 0) === partitions))
        return performance.now() - started;
      if (performance.now() - started > patience) {
        const output = projectors.flatMap(({ output }) => output).join('\n');
        throw new Error(`the partitions lie at ${JSON.stringify([...seen])}\n${output}`);
      }
      await setTimeout(50);
    }
  }

  /** Everything written until now is in the read models. */
  async function expectCaughtUp(): Promise<void> {
    await ledger.client().ask(`/v1/accounts/a-0`, traffic.newest);
  }

  it(
    'share the partitions, and one that is killed is followed within 10 s',
    async () => {
      const [first, second] = [add(), add()];
      const half = PARTITIONS / 2;
      await until(
        [
          [first, half],
          [second, half],
        ],
        PATIENCE,
      );
      await expectCaughtUp();
      const killedAt = performance.now();
      await first.end('SIGKILL');
      await until([
        [first, 0],
        [second, PARTITIONS],
      ]);
      process.stderr.write(
        `${kind.name}: a killed one is followed after ${Math.round(performance.now() - killedAt)} ms\n`,
      );
      expect(performance.now() - killedAt).toBeLessThan(TAKEOVER);
      await expectCaughtUp();
    },
    SLOW,
  );

  it(
    'one that is stopped past its lease writes nothing of the others’, and comes back',
    async () => {
      const [, second] = projectors as [ProjectorProcess, ProjectorProcess];
      const third = add();
      const half = PARTITIONS / 2;
      await until(
        [
          [second, half],
          [third, half],
        ],
        PATIENCE,
      );
      process.kill(second.pid, 'SIGSTOP');
      const stoppedAt = performance.now();
      await until([
        [second, 0],
        [third, PARTITIONS],
      ]);
      process.stderr.write(
        `${kind.name}: a stopped one is followed after ${Math.round(performance.now() - stoppedAt)} ms\n`,
      );
      const before = traffic.orders;
      await setTimeout(Math.max(0, PAST_THE_LEASE - (performance.now() - stoppedAt)));
      await traffic.beyond(before);
      await expectCaughtUp();
      process.kill(second.pid, 'SIGCONT');
      await until(
        [
          [second, half],
          [third, half],
        ],
        PATIENCE,
      );
      await expectCaughtUp();
    },
    SLOW,
  );

  it(
    'an orderly end is followed at once, and the read models are right',
    async () => {
      const [, second, third] = projectors as [ProjectorProcess, ProjectorProcess, ProjectorProcess];
      expect(await second.end('SIGTERM')).toBe(0);
      // It took its leave itself, so that nobody has to find out that it is gone.
      expect((await shares()).has(second.pid)).toBe(false);
      await until(
        [
          [second, 0],
          [third, PARTITIONS],
        ],
        5_000,
      );
      await traffic.end();
      await expectCaughtUp();
      expect(await third.end('SIGTERM')).toBe(0);
      expect(traffic.orders).toBeGreaterThan(100);
      expect(await withStores(backend.environment, (opened) => readModelFaults(opened))).toEqual([]);
    },
    SLOW,
  );
});

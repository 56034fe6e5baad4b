import { setTimeout } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { StoreUnavailable } from '#event-sourcing';
import { type Backend, type BackendKind, describeOnBackends } from '#test/e2e/backends';
import { LedgerProcess } from '#test/e2e/ledger-process';
import { ProjectorProcess } from '#test/e2e/projector-process';
import { acknowledgedFaults, chainFaults, readModelFaults, withStores } from './drill/ledger-check.js';
import { Writers } from './drill/writers.js';

/** Kills a drill: `KEYLEDGER_KILLS`, or few enough for every run of the tests. */
const KILLS = Number(process.env.KEYLEDGER_KILLS || 4);
/** A ledger takes so many kills, then the next one begins anew, for every kill is followed by a clean rebuild. */
const KILLS_A_LEDGER = 12;
const WRITERS = 64;
const ACCOUNTS = Array.from({ length: 24 }, (_, n) => `account-${n}`);
const LONGEST_LOAD = 400;
const LOOKING = 60_000;
/** The start of a ledger takes as long for one kill as for many. */
const PATIENCE = 60_000 * (3 + KILLS / 4);

/** The processes of one ledger: an API and a projector. */
class Ledger {
  private constructor(
    readonly backend: Backend,
    private api: LedgerProcess,
    private projector: ProjectorProcess,
  ) {}

  static async open(backend: Backend): Promise<Ledger> {
    const ledger = new Ledger(backend, await Ledger.startApi(backend), new ProjectorProcess(backend.environment));
    await ledger.api.untilReady();
    const admin = ledger.client();
    for (const accountId of ACCOUNTS) {
      await admin.must('POST', '/v1/accounts', { accountId, name: accountId, at: '2025-01-01T00:00:00Z' });
    }
    return ledger;
  }

  /** The writers find out themselves when it is ready. */
  private static startApi({ environment }: Backend): Promise<LedgerProcess> {
    return LedgerProcess.start({ ...environment, KEYLEDGER_PROJECTOR: 'none' }, { ready: false });
  }

  readonly client = () => this.api.client();

  /** Why it answered with 500, if it did. */
  readonly apiFaults = () => this.api.output.filter((line) => line.includes('"level":"error"')).slice(-5);

  readonly projectorSaid = () => this.projector.output.slice(-50).join('\n');

  async killAndRestart(victim: Victim): Promise<void> {
    const { backend } = this;
    const projectorDies = victim === 'projector' || victim === 'both';
    const apiDies = victim === 'api' || victim === 'both';
    await Promise.all([projectorDies && this.projector.end('SIGKILL'), apiDies && this.api.kill()]);
    if (victim === 'event store') {
      await backend.standIn?.kill();
      await setTimeout(Math.random() * 300);
      await backend.standIn?.restart();
    }
    if (victim === 'read store') await backend.restartMongo?.();
    if (projectorDies) this.projector = new ProjectorProcess(backend.environment);
    if (apiDies) this.api = await Ledger.startApi(backend);
  }

  async close(): Promise<void> {
    await Promise.all([this.projector.end('SIGTERM'), this.api.stop()]);
    await this.backend.close();
  }
}

type Victim = 'api' | 'projector' | 'both' | 'event store' | 'read store';

/**
 * 64 writers, and at random moments something dies by SIGKILL and starts again. After each time: what was acknowledged is
 * in the log, once; every stream's hashes recompute; the read models are those of a clean rebuild.
 */
function drill(backends: BackendKind, victims: readonly Victim[]): void {
  it(
    `survives ${KILLS} of them`,
    async () => {
      const killed = new Map<Victim, number>();
      let inTurn: Victim[] = [];
      let acknowledged = 0;
      for (let kills = 0; kills < KILLS; ) {
        const ledger = await Ledger.open(await backends.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' }));
        const writers = new Writers(ledger.client, ACCOUNTS, { writers: WRITERS, prefix: `w${kills}` });
        try {
          for (let here = 0; here < KILLS_A_LEDGER && kills < KILLS; here++, kills++) {
            await setTimeout(30 + Math.random() * LONGEST_LOAD);
            // In any order, but none is spared.
            if (inTurn.length === 0) inTurn = shuffled(victims);
            const victim = inTurn.pop() as Victim;
            killed.set(victim, (killed.get(victim) ?? 0) + 1);
            await ledger.killAndRestart(victim);
            await writers.pause();
            await expectSound(ledger, writers);
            writers.resume();
          }
          acknowledged += writers.acknowledged.length;
        } finally {
          await writers.stop();
          await ledger.close();
        }
      }
      process.stderr.write(
        `${KILLS} kills (${[...killed].map(([victim, times]) => `${victim} ${times}`).join(', ')}), ` +
          `${acknowledged} commands acknowledged, none lost, none doubled\n`,
      );
      expect(killed.size).toBe(Math.min(KILLS, victims.length));
      // Between two kills each writer has one answer at least: the pause waits for that, and for no more.
      expect(acknowledged).toBeGreaterThanOrEqual(KILLS * WRITERS);
    },
    PATIENCE,
  );
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

async function expectSound(ledger: Ledger, writers: Writers): Promise<void> {
  expect({ refused: writers.refused, faults: ledger.apiFaults() }).toMatchObject({ refused: [] });
  const { acknowledged } = writers;
  const newest = acknowledged.reduce((position, each) => (each.position > position ? each.position : position), 0n);
  await ledger
    .client()
    .ask('/v1/accounts?limit=1', String(newest))
    .catch((error: Error) => {
      throw new Error(`${error.message}\nThe projector said:\n${ledger.projectorSaid()}`, { cause: error });
    });
  await looked(() =>
    withStores(ledger.backend.environment, async (stores, log) => {
      expect(acknowledgedFaults(log, acknowledged)).toEqual([]);
      expect(chainFaults(log)).toEqual([]);
      expect(await readModelFaults(stores)).toEqual([]);
    }),
  );
}

/** A store that cannot be reached for a while tells nothing of the ledger: it is looked at again. */
async function looked(look: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + LOOKING; ; ) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || Date.now() > deadline) throw error;
    }
  }
}

describeOnBackends('64 writers while the API and the projector are killed', (kind) => {
  drill(kind, ['api', 'projector', 'both']);
});

describeOnBackends('64 writers while the servers are killed', (kind) => {
  // Embedded stores are no servers, and others' servers are not ours to kill.
  const ours = kind.name === 'servers' && !process.env.EVENTSTOREDB_URL && !process.env.MONGODB_URL;
  if (ours) drill(kind, ['event store', 'read store']);
  else if (kind.name === 'servers') process.stderr.write('\nnot run: the servers that are named are not killed\n');
});

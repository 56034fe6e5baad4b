import {
  closeSync,
  cpSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { type Backend, embedded } from '#test/e2e/backends';
import { type Answer, type LedgerEnvironment, LedgerProcess, runApi, runCli } from '#test/e2e/ledger-process';
import { acknowledgedFaults, chainFaults, readModelFaults, withStores } from './drill/ledger-check.js';
import type { Acknowledged } from './drill/writers.js';
import { itWithTmpfs, Tmpfs } from './tmpfs.js';

const SLOW = 120_000;
const ACCOUNT = 'acme';

let running: LedgerProcess | undefined;
let backend: Backend;

beforeEach(async () => {
  backend = await embedded.open();
});
afterEach(async () => {
  await running?.kill();
  running = undefined;
  await backend.close();
}, SLOW);

async function start(environment: LedgerEnvironment): Promise<LedgerProcess> {
  running = await LedgerProcess.start(environment);
  return running;
}

async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}

const register = (ledger: LedgerProcess) =>
  ledger.client().must('POST', '/v1/accounts', { accountId: ACCOUNT, name: 'Acme', at: '2025-01-01T00:00:00Z' });

const visit = (ledger: LedgerProcess, key: string, summary = 'Spoke about the year.'): Promise<Answer> =>
  ledger
    .client()
    .post(
      `/v1/accounts/${ACCOUNT}/visits`,
      { channel: 'phone', visitedAt: '2025-06-01T10:00:00Z', summary },
      { 'idempotency-key': key },
    );

function acknowledgement(commandId: string, { body }: Answer): Acknowledged {
  return {
    stream: `account-${ACCOUNT}`,
    commandId,
    revision: body.revision,
    position: BigInt(body.position),
    eventIds: body.events.map(({ eventId }: { eventId: string }) => eventId),
  };
}

/** While the ledger runs, once it has read all. */
async function expectNothingLost(ledger: LedgerProcess, environment: LedgerEnvironment, acknowledged: Acknowledged[]) {
  await ledger.client().ask('/v1/accounts?limit=1', String(acknowledged.at(-1)?.position ?? 0n));
  await withStores(environment, async (stores, log) => {
    expect(acknowledgedFaults(log, acknowledged)).toEqual([]);
    expect(chainFaults(log)).toEqual([]);
    expect(await readModelFaults(stores)).toEqual([]);
  });
}

describe('A full disk', () => {
  itWithTmpfs(
    'is told, loses nothing that was acknowledged, and is over as soon as there is room again',
    async () => {
      const disk = Tmpfs.mount(24);
      try {
        const environment = { KEYLEDGER_DATA_DIR: join(disk.folder, 'data') };
        const ledger = await start(environment);
        await register(ledger);
        const acknowledged: Acknowledged[] = [];
        const long = 'x'.repeat(3_900);
        let refusal: Answer | undefined;
        let refusedKey = '';
        for (let n = 0; refusal === undefined && n < 20_000; n += 16) {
          const keys = Array.from({ length: 16 }, (_, index) => `full-${n + index}`);
          const answers = await Promise.all(keys.map((key) => visit(ledger, key, long)));
          for (const [index, answer] of answers.entries()) {
            if (answer.status < 300) acknowledged.push(acknowledgement(keys[index] ?? '', answer));
            else if (refusal === undefined) {
              refusal = answer;
              refusedKey = keys[index] ?? '';
            }
          }
        }
        expect(refusal).toMatchObject({
          status: 503,
          body: { code: 'store-unavailable', detail: expect.stringMatching(/cannot grow: the disk is full/) },
        });
        expect((await ledger.client().get('/health/live')).status).toBe(200);
        expect((await ledger.client().get(`/v1/accounts/${ACCOUNT}/events?limit=5`)).status).toBe(200);

        disk.remount('size=256m');
        const [first] = await untilTaken(() => visit(ledger, 'room-again'));
        acknowledged.push(acknowledgement('room-again', first));
        // What was refused is taken now, with the key that it had.
        const again = await visit(ledger, refusedKey, long);
        expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
        acknowledged.push(acknowledgement(refusedKey, again));
        await ledger.untilReady();
        await expectNothingLost(ledger, environment, acknowledged);
        expect(acknowledged.length).toBeGreaterThan(100);
      } finally {
        await stop();
        disk.unmount();
      }
    },
    SLOW,
  );

  itWithTmpfs(
    'or one that is read-only, stops a start with one line',
    async () => {
      const disk = Tmpfs.mount(32);
      try {
        const environment = { KEYLEDGER_DATA_DIR: join(disk.folder, 'data') };
        const ledger = await start(environment);
        await register(ledger);
        await stop();
        disk.remount('ro');
        const { code, stdout, stderr } = await runApi(environment);
        expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
        expect(stderr).toMatch(/^keyledger: .*(read-only|cannot be opened|KEYLEDGER_DATA_DIR)/);
        expect(stdout + stderr).not.toMatch(/\bat .*\.js:\d/);
        disk.remount('rw');
        await start(environment);
        expect((await visit(running as LedgerProcess, 'after')).status).toBe(201);
      } finally {
        await stop();
        disk.unmount();
      }
    },
    SLOW,
  );
});

/** Answers of 503 are tried again, as a client does. */
async function untilTaken(send: () => Promise<Answer>): Promise<[Answer]> {
  for (let tries = 0; ; tries++) {
    const answer = await send();
    if (answer.status < 300) return [answer];
    if (answer.status !== 503 || tries > 100) throw new Error(`${answer.status} ${answer.text}`);
    await setTimeout(100);
  }
}

describe('A log whose last page is damaged', () => {
  it(
    'is told to be damaged and never answered from, and a backup brings it back',
    async () => {
      const { environment, folder } = backend;
      const ledger = await start(environment);
      await register(ledger);
      const acknowledged: Acknowledged[] = [];
      for (let n = 0; n < 40; n++) {
        const answer = await visit(ledger, `damaged-${n}`, 'y'.repeat(1_500));
        acknowledged.push(acknowledgement(`damaged-${n}`, answer));
      }
      const backup = join(folder, 'backup');
      expect(await runCli(['backup', backup], environment)).toMatchObject({ code: 0 });
      await stop();
      expect(await runCli(['verify'], environment)).toMatchObject({ code: 0 });

      overwriteLastPage(join(environment.KEYLEDGER_DATA_DIR as string, 'events.db'));
      const verified = await runCli(['verify'], environment);
      expect(verified.code).toBe(1);
      expect(verified.stdout + verified.stderr).toMatch(/is damaged: restore it from a backup|BROKEN/);
      expect(verified.stdout + verified.stderr).not.toMatch(/\bat .*\.js:\d/);

      // It starts or says why not; what it cannot read, it does not answer.
      const whole = ['account-registered.v1', ...acknowledged.map(() => 'visit-logged.v1')].reverse();
      for (const [asked, { body, status }] of await answersOfDamaged(environment)) {
        if (status >= 500) expect([asked, status, body.code]).toEqual([asked, 503, 'store-unavailable']);
        else if (asked === 'history') {
          const types = body.items.map(({ type }: { type: string }) => type);
          expect([status, types.filter((type: string) => type !== 'ledger-opened.v1')]).toEqual([200, whole]);
        } else expect([asked, status]).toEqual([asked, 201]);
      }

      rmSync(environment.KEYLEDGER_DATA_DIR as string, { recursive: true });
      const restored = await runCli(['restore', backup, '--to', environment.KEYLEDGER_DATA_DIR as string], environment);
      expect(restored).toMatchObject({ code: 0 });
      await expectNothingLost(await start(environment), environment, acknowledged);
    },
    SLOW,
  );

  it(
    'costs nothing but time where it is that of the read models',
    async () => {
      const { environment } = backend;
      const ledger = await start(environment);
      await register(ledger);
      const answer = await visit(ledger, 'kept');
      await stop();
      const file = join(environment.KEYLEDGER_DATA_DIR as string, 'read-models.db');
      overwriteLastPage(file);
      const damaged = await LedgerProcess.start(environment, { ready: false });
      running = damaged;
      const { body, status } = await damaged.client().get(`/v1/accounts/${ACCOUNT}/visits`);
      if (status === 200) expect(body.items).toHaveLength(1);
      else expect([status, body.code]).toEqual([503, expect.stringMatching(/^(store-unavailable|not-ready)$/)]);
      await stop();
      // As the guide says: take the file away, it is made again from the log.
      for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
      await expectNothingLost(await start(environment), environment, [acknowledgement('kept', answer)]);
    },
    SLOW,
  );
});

/** What it says while it is ready. */
async function answersOfDamaged(environment: LedgerEnvironment): Promise<[asked: string, Answer][]> {
  let ledger: LedgerProcess;
  try {
    ledger = await LedgerProcess.start(environment, { ready: false });
  } catch (error) {
    expect(String(error)).toMatch(/is damaged: restore it from a backup/);
    return [];
  }
  running = ledger;
  const answers: [string, Answer][] = [
    ['history', await ledger.client().get(`/v1/accounts/${ACCOUNT}/events?limit=500`)],
    ['command', await visit(ledger, 'after-damage')],
  ];
  await stop();
  return answers.filter(([, { text }]) => !text.includes('"not-ready"'));
}

function overwriteLastPage(file: string): void {
  const descriptor = openSync(file, 'r+');
  const pageSize = readFileSync(file).readUInt16BE(16);
  writeSync(descriptor, Buffer.alloc(pageSize, 0xa5), 0, pageSize, fstatSync(descriptor).size - pageSize);
  closeSync(descriptor);
}

describe('A log that was put back to an earlier state', () => {
  it(
    'is not answered for by read models that are ahead of it, until those are taken away',
    async () => {
      const { environment } = backend;
      const data = environment.KEYLEDGER_DATA_DIR as string;
      const ledger = await start(environment);
      await register(ledger);
      await visit(ledger, 'kept');
      await stop();
      cpSync(join(data, 'events.db'), join(backend.folder, 'earlier.db'));
      const later = await start(environment);
      const ghosts = await Promise.all([1, 2, 3, 4].map((n) => visit(later, `ghost-${n}`)));
      await later.client().ask('/v1/accounts?limit=1', ghosts[3] as Answer);
      await stop();
      cpSync(join(backend.folder, 'earlier.db'), join(data, 'events.db'));
      for (const each of ['events.db-wal', 'events.db-shm']) rmSync(join(data, each), { force: true });

      running = await LedgerProcess.start(environment, { ready: false });
      await setTimeout(1_500);
      const health = await running.client().get('/health/ready');
      expect([health.status, health.text]).toEqual([
        503,
        expect.stringContaining('an event that the log does not have'),
      ]);
      const refused = await running.client().get(`/v1/accounts/${ACCOUNT}/visits`);
      expect([refused.status, refused.body.code]).toEqual([503, 'not-ready']);
      await stop();

      for (const each of ['', '-wal', '-shm']) rmSync(join(data, `read-models.db${each}`), { force: true });
      const mended = await start(environment);
      const real = await visit(mended, 'real');
      const { items } = await mended.client().ask(`/v1/accounts/${ACCOUNT}/visits`, real);
      expect(items).toHaveLength(2);
    },
    SLOW,
  );
});

describe('A log that another program has locked', () => {
  it(
    'is told after the deadline, and written again as soon as it is free',
    async () => {
      const { environment } = backend;
      const ledger = await start(environment);
      await register(ledger);
      const acknowledged = [acknowledgement('before', await visit(ledger, 'before'))];
      const other = new DatabaseSync(join(environment.KEYLEDGER_DATA_DIR as string, 'events.db'));
      other.exec('BEGIN IMMEDIATE');
      const begun = performance.now();
      const refused = await visit(ledger, 'while-locked');
      const waited = performance.now() - begun;
      expect(refused).toMatchObject({
        status: 503,
        body: { code: 'store-unavailable', detail: expect.stringMatching(/is locked/) },
      });
      expect(refused.headers.get('retry-after')).not.toBeNull();
      expect(waited).toBeLessThan(20_000);
      expect((await ledger.client().get(`/v1/accounts/${ACCOUNT}/events`)).status).toBe(200);
      other.exec('ROLLBACK');
      other.close();
      const [taken] = await untilTaken(() => visit(ledger, 'while-locked'));
      acknowledged.push(acknowledgement('while-locked', taken));
      await expectNothingLost(ledger, environment, acknowledged);
    },
    SLOW,
  );
});

describe('A clock that is set back an hour', () => {
  it(
    'never makes the log go back, and holds up no command and no read model',
    async () => {
      const clock = join(backend.folder, 'clock');
      writeFileSync(clock, '0');
      mkdirSync(backend.environment.KEYLEDGER_DATA_DIR as string, { recursive: true });
      const environment = {
        ...backend.environment,
        NODE_OPTIONS: `--require=${JSON.stringify(join(import.meta.dirname, 'shifted-clock.cjs'))}`,
        SHIFTED_CLOCK_FILE: clock,
      };
      const ledger = await start(environment);
      await register(ledger);
      const acknowledged = [acknowledgement('at-noon', await visit(ledger, 'at-noon'))];
      writeFileSync(clock, String(-3_600_000));
      await setTimeout(200);
      const begun = performance.now();
      for (let n = 0; n < 5; n++) {
        const answer = await visit(ledger, `set-back-${n}`);
        expect(answer.status).toBe(201);
        acknowledged.push(acknowledgement(`set-back-${n}`, answer));
      }
      await expectNothingLost(ledger, environment, acknowledged);
      expect(performance.now() - begun).toBeLessThan(15_000);
      await stop();
      // And a process that starts on the clock set back finds the leases of one that ran before it.
      const next = await start(environment);
      acknowledged.push(acknowledgement('restarted', await visit(next, 'restarted')));
      await expectNothingLost(next, environment, acknowledged);
      await withStores(backend.environment, async (_stores, log) => {
        const recorded = log
          .filter(({ stream }) => stream === `account-${ACCOUNT}`)
          .map(({ metadata }) => metadata.recordedAt);
        expect(recorded).toEqual(recorded.toSorted());
        // All that came after the clock was set back: else it was not.
        expect(recorded).toHaveLength(acknowledged.length + 1);
        expect(new Set(recorded.slice(1)).size).toBe(1);
      });
    },
    SLOW,
  );
});

import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import type { RecordedEvent } from '#event-sourcing';
import { type Backend, describeOnBackends, embedded } from './backends.js';
import { type LedgerEnvironment, LedgerProcess, runCli, spawnCli } from './ledger-process.js';
import {
  answersOf,
  fillLedger,
  importDemoOrders,
  type LedgerAnswers,
  logOf,
  movedEvents,
  openLog,
  placeWords,
  prefixWords,
} from './moved-ledger.js';

const SLOW = 240_000;
const SETTINGS = { KEYLEDGER_BASE_CURRENCY: 'GBP' };
/** Months of facts an account; with the orders of the sample more events than one step of a copy takes. */
const MONTHS = Number(process.env.KEYLEDGER_COPY_MONTHS ?? 84);
const KILLS = 3;
/** A busy machine may notice too late that there is something to be killed in the middle of. */
const ATTEMPTS = 5;

describeOnBackends('keyledger copy, from one machine', (kind) => {
  let source: Backend;
  let log: RecordedEvent[];
  let answers: LedgerAnswers;
  let scratch: string;
  const backends: Backend[] = [];

  beforeAll(async () => {
    source = await embedded.open(SETTINGS);
    scratch = source.folder;
    const ledger = await LedgerProcess.start(source.environment);
    await fillLedger(ledger.client(), MONTHS);
    await ledger.stop();
    await importDemoOrders(source.environment);
    answers = await answersOf(source.environment);
    log = await logOf(source.environment);
  }, SLOW);
  afterAll(async () => {
    for (const backend of [...backends, source]) await backend.close();
  }, SLOW);

  async function newTarget(): Promise<Backend> {
    const backend = await kind.open(SETTINGS);
    backends.push(backend);
    return backend;
  }

  let maps = 0;
  const newMap = () => join(scratch, `positions-${++maps}.csv`);

  function copyArgs(from: LedgerEnvironment, to: LedgerEnvironment, positions: string, ...more: string[]): string[] {
    const places = ['--from', ...placeWords(from), '--to', ...placeWords(to)];
    const prefixes = [...prefixWords('--from-prefix', from), ...prefixWords('--to-prefix', to)];
    return ['copy', ...places, ...prefixes, '--positions', positions, ...more];
  }

  async function expectSame(environment: LedgerEnvironment): Promise<RecordedEvent[]> {
    const copied = await logOf(environment);
    expect(movedEvents(copied)).toEqual(movedEvents(log));
    return copied;
  }

  /** Every event of the map stands where the map says. */
  function expectMapped(positions: string, from: readonly RecordedEvent[], to: readonly RecordedEvent[]): void {
    const lines = readFileSync(positions, 'utf8').trimEnd().split('\n').slice(1);
    const pairs = lines.flatMap((line) => {
      const [at = 0, there = 0, events = 0] = line.split(',').map(Number);
      return Array.from({ length: events }, (_, n) => [at + n, there + n]);
    });
    expect(pairs).toEqual(from.map(({ position }, n) => [Number(position), Number(to[n]?.position)]));
  }

  it(
    'gives the same events, hashes, ranking and persons, there and back on one machine',
    async () => {
      expect(log.length).toBeGreaterThan(2_000);
      expect(answers.contacts).toContain('ann-3-1@unmistakable.example');
      expect(answers.ranking.split('\n').length).toBeGreaterThan(30);
      const target = await newTarget();
      const there = newMap();
      const copied = await runCli(copyArgs(source.environment, target.environment, there, '--rebuild'), {});
      expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining('The read models are up to date') });
      expect(copied.stdout).toContain(`events copied   ${log.length.toLocaleString('en-US')} `);
      const moved = await expectSame(target.environment);
      expectMapped(there, log, moved);
      expect(await answersOf(target.environment)).toEqual(answers);
      expect(await runCli(['verify'], target.environment)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/chain {4}whole/),
      });
      if (kind.name === 'embedded') return;
      const back = { ...SETTINGS, KEYLEDGER_DATA_DIR: join(scratch, 'back') };
      const again = newMap();
      expect(await runCli(copyArgs(target.environment, back, again), {})).toMatchObject({ code: 0 });
      expectMapped(again, moved, await expectSame(back));
      expect(await answersOf(back)).toEqual(answers);
    },
    SLOW,
  );

  it(
    'goes on where it was killed',
    async () => {
      for (let attempt = 0; ; attempt++) {
        const target = await newTarget();
        const positions = newMap();
        const seen: number[] = [];
        const args = copyArgs(source.environment, target.environment, positions);
        for (let kill = 0; kill < KILLS; kill++) {
          const before = seen.at(-1) ?? 0;
          const child = spawnCli(args, {});
          const exited = once(child, 'exit');
          const over = new AbortController();
          void exited.then(() => over.abort());
          await untilLonger(target.environment, before, log.length, over.signal);
          child.kill('SIGKILL');
          await exited;
          seen.push((await logOf(target.environment)).length);
        }
        expect(await runCli(args, {})).toMatchObject({ code: 0 });
        expectMapped(positions, log, await expectSame(target.environment));
        if (seen.some((events) => events > 0 && events < log.length)) return;
        if (attempt === ATTEMPTS) throw new Error(`never killed in the middle: ${seen.join()} of ${log.length} events`);
      }
    },
    SLOW,
  );

  it(
    'takes what came since while the source is in use, and destroys keys that are gone',
    async () => {
      const from = await embedded.open(SETTINGS);
      backends.push(from);
      const target = await newTarget();
      const positions = newMap();
      const ledger = await LedgerProcess.start(from.environment);
      const admin = ledger.client();
      await fillLedger(admin, 1);
      const keys = await Promise.all(
        ['kept', 'deleted'].map((name) => admin.must('POST', '/v1/api-keys', { name, role: 'sales' })),
      );
      const args = copyArgs(from.environment, target.environment, positions);
      expect(await runCli(args, {})).toMatchObject({ code: 0 });
      await admin.must('DELETE', `/v1/api-keys/${keys[1]?.body.id}`);
      await admin.must('POST', '/v1/accounts', { accountId: 'later', name: 'Later' });
      expect(await runCli(args, {})).toMatchObject({ code: 0, stdout: expect.stringContaining('events copied   1 ') });
      await ledger.stop();
      expect(await runCli(args, {})).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is new') });
      const [before, after] = [await logOf(from.environment), await logOf(target.environment)];
      expect(movedEvents(after)).toEqual(movedEvents(before));
      expectMapped(positions, before, after);
      const moved = await LedgerProcess.start(target.environment);
      const statuses = await Promise.all(
        keys.map(async ({ body }) => (await moved.client(body.key).get('/v1/accounts')).status),
      );
      expect(statuses).toEqual([200, 401]);
      // From here on the target goes its own way: what it has recorded must not be mixed with the source's.
      await moved.client().must('POST', '/v1/accounts', { accountId: 'cut-over', name: 'Cut over' });
      await moved.stop();
      expect(await runCli(args, {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('which the source does not have: something else has written to it'),
      });
    },
    SLOW,
  );

  it(
    'refuses a target with another ledger, and the same place',
    async () => {
      const other = await newTarget();
      await (await LedgerProcess.start(other.environment)).stop();
      const before = await logOf(other.environment);
      expect(await runCli(copyArgs(source.environment, other.environment, newMap()), {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('it is another ledger, or something else writes to it'),
      });
      expect(await logOf(other.environment)).toEqual(before);
      expect(await runCli(copyArgs(other.environment, other.environment, newMap()), {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('same place'),
      });
      const nothing = join(scratch, 'nothing');
      mkdirSync(nothing, { recursive: true });
      expect(await runCli(copyArgs({ KEYLEDGER_DATA_DIR: nothing }, other.environment, newMap()), {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('holds no ledger'),
      });
    },
    SLOW,
  );

  if (kind.name !== 'embedded') return;

  it(
    'finds edited history, and moves none of it',
    async () => {
      const edited = { ...SETTINGS, KEYLEDGER_DATA_DIR: join(scratch, 'edited') };
      expect(await runCli(copyArgs(source.environment, edited, newMap()), {})).toMatchObject({ code: 0 });
      const victim = log.find(({ type }) => type === 'order-placed.v1')!;
      const database = new DatabaseSync(join(edited.KEYLEDGER_DATA_DIR, 'events.db'));
      database
        .prepare(`UPDATE events SET data = replace(data, '"GBP"', '"EUR"') WHERE position = ?`)
        .run(Number(victim.position));
      database.close();
      const place = `evision ${victim.revision} of the stream "${victim.stream}"`;
      const verified = await runCli(['verify', '--from', edited.KEYLEDGER_DATA_DIR], {});
      expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('BROKEN: 1 fault') });
      expect(verified.stdout).toContain(`r${place}`);
      const target = join(scratch, 'of-edited');
      expect(await runCli(copyArgs(edited, { KEYLEDGER_DATA_DIR: target }, newMap()), {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`R${place} was altered`),
      });
      expect(
        await runCli(['backup', join(scratch, 'backup-of-edited'), '--from', edited.KEYLEDGER_DATA_DIR], {}),
      ).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no backup is made of a broken ledger'),
      });
    },
    SLOW,
  );

  it(
    'tells where events cannot be read and where some are missing, and moves none of it',
    async () => {
      const broken = { ...SETTINGS, KEYLEDGER_DATA_DIR: join(scratch, 'broken') };
      expect(await runCli(copyArgs(source.environment, broken, newMap()), {})).toMatchObject({ code: 0 });
      const [garbled, ended] = log.filter(({ type }) => type === 'order-placed.v1') as [RecordedEvent, RecordedEvent];
      const database = new DatabaseSync(join(broken.KEYLEDGER_DATA_DIR, 'events.db'));
      const at = Number(garbled.position);
      database.prepare(`UPDATE events SET data = '(' || substr(data, 2) WHERE position = ?`).run(at);
      database
        .prepare('DELETE FROM events WHERE position > ? AND stream = (SELECT stream FROM events WHERE position = ?)')
        .run(Math.max(at, Number(ended.position)), Number(ended.position));
      database.exec("UPDATE events SET data = '' WHERE position = 1");
      database.close();
      const from = ['--from', broken.KEYLEDGER_DATA_DIR];
      const { code, stdout } = await runCli(['verify', ...from, '--json'], {});
      expect(code).toBe(1);
      const { faults } = JSON.parse(stdout);
      const place = { stream: garbled.stream, revision: garbled.revision, position: String(garbled.position) };
      expect(faults[0]).toMatchObject({ stream: 'settings', revision: 0, position: '1', code: 'unreadable' });
      expect(faults[1]).toEqual({ ...place, code: 'unreadable', complaint: 'cannot be read: its data is no JSON' });
      expect(faults[2]).toMatchObject({ code: 'position-gap' });
      const refusal = { code: 1, stderr: expect.stringContaining('evision 0 of the stream "settings"') };
      const target = { KEYLEDGER_DATA_DIR: join(scratch, 'of-broken') };
      expect(await runCli(copyArgs(broken, target, newMap()), {})).toMatchObject(refusal);
      expect(await runCli(['backup', join(scratch, 'backup-of-broken'), ...from], {})).toMatchObject(refusal);
    },
    SLOW,
  );
});

/** Resolves when the log has more events than that, or all there are, or nobody writes any more. */
async function untilLonger(
  environment: LedgerEnvironment,
  before: number,
  all: number,
  over: AbortSignal,
): Promise<void> {
  if (environment.EVENTSTOREDB_URL === undefined) mkdirSync(environment.KEYLEDGER_DATA_DIR ?? '', { recursive: true });
  const store = await openLog(environment);
  try {
    for (;;) {
      let events = 0;
      for await (const _ of store.readAll({ limit: before + 1 })) events += 1;
      if (events > before || events === all || over.aborted) return;
      await setTimeout(2);
    }
  } finally {
    await store.close();
  }
}

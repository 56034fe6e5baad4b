import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, describeOnBackends } from './backends.js';
import { type Answer, type ApiClient, LedgerProcess, type ProgramResult, runCli } from './ledger-process.js';
import { ACCOUNTS, answersOf, fillLedger, importDemoOrders, logOf, placeWords, prefixWords } from './moved-ledger.js';

const SLOW = 240_000;
const SETTINGS = { KEYLEDGER_BASE_CURRENCY: 'GBP' };
const WRITERS = 32;
/** Commands that are acknowledged before the backup begins, and after it has ended, at least. */
const ACKNOWLEDGED = Number(process.env.KEYLEDGER_BACKUP_COMMANDS ?? 300);

interface Acknowledged {
  readonly key: string;
  readonly path: string;
  readonly body: object;
  readonly answer: Answer;
}

/** Writers that post orders until they are stopped, or the server dies. */
class Writers {
  readonly acknowledged: Acknowledged[] = [];
  readonly #done: Promise<unknown>;
  #stopped = false;

  constructor(client: ApiClient) {
    const writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(client, writer));
    this.#done = Promise.all(writers).finally(() => {
      this.#stopped = true;
    });
  }

  async #write(client: ApiClient, writer: number): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const key = `writer ${writer}, order ${n}`;
      const path = `/v1/accounts/moved-${(writer + n) % ACCOUNTS}/orders`;
      const body = {
        placedAt: '2025-06-01T00:00:00Z',
        currency: 'GBP',
        lines: [{ sku: key, quantity: 1, unitPrice: '1' }],
      };
      // The server is killed under the writers: what it answered before is what counts.
      const answer = await client.post(path, body, { 'idempotency-key': key }).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
      this.acknowledged.push({ key, path, body, answer });
    }
  }

  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    while (this.acknowledged.length < wanted) {
      // Nothing more comes then, and what a writer threw is the reason.
      if (this.#stopped) {
        await this.#done;
        throw new Error('the writers have ended');
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

describeOnBackends('A backup drill', (kind) => {
  let backend: Backend;
  let backup: string;
  let before: Acknowledged[];
  let apiKey: string;
  const backends: Backend[] = [];

  const inFolder = (name: string) => join(backend.folder, name);
  const restore = (from: string, to: string) => runCli(['restore', from, '--to', to], {});

  beforeAll(async () => {
    backend = await kind.open(SETTINGS);
    backends.push(backend);
    backup = inFolder('backup');
    const ledger = await LedgerProcess.start(backend.environment);
    let writers: Writers;
    let result: ProgramResult;
    try {
      const admin = ledger.client();
      await fillLedger(admin, 2);
      await importDemoOrders(backend.environment);
      apiKey = (await admin.must('POST', '/v1/api-keys', { name: 'app', role: 'sales' })).body.key;
      writers = new Writers(admin);
      await writers.more(ACKNOWLEDGED);
      before = [...writers.acknowledged];
      const readModels = kind.name === 'embedded' ? ['--with-read-models'] : [];
      result = await runCli(['backup', backup, ...readModels], backend.environment);
      await writers.more(ACKNOWLEDGED);
    } finally {
      await ledger.kill();
    }
    await writers.stop();
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('the chain is whole') });
  }, SLOW);
  afterAll(async () => {
    for (const each of backends) await each.close();
  }, SLOW);

  it('leaves one folder, for its owner alone, that tells what is in it', () => {
    expect(readdirSync(backend.folder).filter((name) => name.startsWith('backup'))).toEqual(['backup']);
    const manifest = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8'));
    const files = readdirSync(backup).sort();
    expect(manifest.files.map(({ name }: { name: string }) => name)).toEqual(
      files.filter((name) => name !== 'manifest.json'),
    );
    expect(files).not.toContain('admin.key');
    for (const file of files) expect([file, statSync(join(backup, file)).mode & 0o777]).toEqual([file, 0o600]);
    expect(manifest).toMatchObject({
      format: 1,
      ledger: { timeZone: 'UTC', baseCurrency: 'GBP' },
      keys: { 'person-key': 2 * ACCOUNTS, 'api-key': 1, 'admin-key': 1 },
    });
  });

  it(
    'gives every command back that was acknowledged before it began, once, with keys and persons',
    async () => {
      const target = await kind.open(SETTINGS);
      backends.push(target);
      const { environment } = target;
      const args = ['restore', backup, '--to', ...placeWords(environment), ...prefixWords('--to-prefix', environment)];
      const restored = await runCli([...args, '--positions', join(target.folder, 'positions.csv')], {});
      expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('Start the ledger there') });
      expect(await runCli(['verify'], environment)).toMatchObject({ code: 0 });

      const log = await logOf(environment);
      const placed = log.filter(({ metadata }) => metadata.commandId.startsWith('writer '));
      const stored = placed.map(({ metadata }) => metadata.commandId);
      expect(new Set(stored).size).toBe(stored.length);
      const missing = before.filter(({ key }) => !stored.includes(key));
      expect(missing.map(({ key }) => key)).toEqual([]);
      expect(before.length).toBeGreaterThanOrEqual(ACKNOWLEDGED);
      // It was taken in the middle: the writers went on afterwards.
      expect(log.length).toBeLessThan((await logOf(backend.environment)).length);

      const clean = { ...SETTINGS, KEYLEDGER_DATA_DIR: inFolder(`clean of ${basename(target.folder)}`) };
      expect(await restore(backup, clean.KEYLEDGER_DATA_DIR)).toMatchObject({ code: 0 });
      rmSync(join(clean.KEYLEDGER_DATA_DIR, 'read-models.db'), { force: true });
      const answers = await answersOf(environment);
      expect(answers.contacts).toContain('Ann Unmistakable 3-1');
      expect(answers.ranking.split('\n').length).toBeGreaterThan(20);
      expect(await answersOf(clean)).toEqual(answers);

      const ledger = await LedgerProcess.start(environment);
      const { path, key, body, answer } = before[0]!;
      const again = await ledger.client(apiKey).post(path, body, { 'idempotency-key': key });
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      const { position: _, ...same } = answer.body;
      expect(again).toMatchObject({ status: 201, body: same });
      await ledger.stop();
      expect(await logOf(environment)).toHaveLength(log.length);
    },
    SLOW,
  );

  if (kind.name !== 'embedded') return;

  it.each(['events.db', 'keys.db', 'read-models.db', 'manifest.json'])(
    'is refused when one byte of its %s is another',
    async (file) => {
      const damaged = inFolder('damaged');
      cpSync(backup, damaged, { recursive: true });
      const bytes = readFileSync(join(damaged, file));
      const at = file === 'manifest.json' ? bytes.indexOf('"createdAt": "2') + 14 : Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(damaged, file), bytes);
      const target = inFolder('of-damaged');
      expect(await restore(damaged, target)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/backup.* is damaged/),
      });
      expect(readdirSync(backend.folder).filter((name) => name.startsWith('of-damaged'))).toEqual([]);
      rmSync(damaged, { recursive: true });
    },
    SLOW,
  );

  it(
    'is refused when a part is missing, and never written over anything',
    async () => {
      const partial = inFolder('partial');
      const target = inFolder('of-partial');
      for (const [file, complaint] of [
        ['keys.db', 'The backup is not complete: keys.db is missing.'],
        ['manifest.json', 'is no backup, or one that was not finished'],
      ] as const) {
        cpSync(backup, partial, { recursive: true });
        rmSync(join(partial, file));
        expect(await restore(partial, target)).toMatchObject({ code: 1, stderr: expect.stringContaining(complaint) });
        rmSync(partial, { recursive: true });
      }
      const inUse = backend.environment.KEYLEDGER_DATA_DIR ?? '';
      expect(await restore(backup, inUse)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') });
      expect(await runCli(['backup', backup], backend.environment)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is there already'),
      });
      expect(await runCli(['verify', '--from', backup], {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is a backup: keyledger restore makes a ledger of it'),
      });
      const inside = [
        'copy',
        '--from',
        inUse,
        '--to',
        join(backup, 'inside'),
        '--positions',
        inFolder('positions.csv'),
      ];
      expect(await runCli(inside, {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('lies in the folder of a backup: name one outside of it'),
      });
      expect(await runCli(['rebuild'], { KEYLEDGER_DATA_DIR: backup, ...SETTINGS })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is a backup: keyledger restore makes a ledger of it'),
      });
    },
    SLOW,
  );

  it(
    'leaves alone what bears a similar name, and names no folder that cannot be',
    async () => {
      const file = inFolder('a-file');
      writeFileSync(file, 'mine');
      for (const name of ['again.partial', 'restored-again.restoring']) {
        mkdirSync(inFolder(name));
        writeFileSync(join(inFolder(name), 'mine'), 'precious');
      }
      expect(await runCli(['backup', inFolder('again')], backend.environment)).toMatchObject({ code: 0 });
      expect(await restore(backup, inFolder('restored-again'))).toMatchObject({ code: 0 });
      for (const name of ['again.partial', 'restored-again.restoring']) {
        expect(readFileSync(join(inFolder(name), 'mine'), 'utf8')).toBe('precious');
      }
      for (const [args, complaint] of [
        [['restore', backup, '--to', file], `${file} is a file, not a folder.`],
        [['restore', backup, '--to', join(file, 'x')], 'No folder can be made in'],
        [['backup', join(file, 'x')], 'No folder can be made in'],
        [['restore', backup, '--to', ''], 'The name of a place is empty.'],
      ] as const) {
        const { code, stderr } = await runCli([...args], backend.environment);
        expect([args, code, stderr.includes(complaint), stderr.trimEnd().split('\n').length]).toEqual([
          args,
          1,
          true,
          1,
        ]);
      }
    },
    SLOW,
  );
});

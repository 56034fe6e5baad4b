import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess, runCli } from '#test/e2e/ledger-process';
import { OrderLoad } from '#test/e2e/rebuild-load';

const SLOW = 240_000;
const DIST = join(import.meta.dirname, '..', '..', 'dist/libs');
const ORDERS = 800;

/** A rebuild that kills its own process when it is told that a phase begins: nothing is written from then on. */
const PROGRAM = `
const { openRebuildContext, runRebuild } = await import(${JSON.stringify(pathToFileURL(join(DIST, 'ledger/src/index.js')).href)});
const { readConfig } = await import(${JSON.stringify(pathToFileURL(join(DIST, 'platform/src/index.js')).href)});
const context = await openRebuildContext(readConfig(process.env));
const onProgress = ({ phase }) => { if (phase === process.env.KILLED_AT) process.kill(process.pid, 'SIGKILL'); };
await runRebuild({ ...context, onProgress }, { kind: 'rebuild', names: [] }, new AbortController().signal);
await context.close();
`;

async function killedAt(phase: string, backend: Backend): Promise<void> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...backend.environment, KILLED_AT: phase },
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: join(DIST, '..', '..'),
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const [, signal] = await once(child, 'close');
  if (signal !== 'SIGKILL') throw new Error(`not killed at ${phase}: ${complaint}`);
}

async function builds(admin: ApiClient): Promise<Set<number>> {
  const { body } = await admin.get('/v1/projections');
  return new Set((body.items as { readonly build: number }[]).map(({ build }) => build));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition()) && Date.now() < deadline) await setTimeout(50);
}

describeOnBackends('A rebuild that is killed', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  let load: OrderLoad;
  let serving = 1;
  let newest = 1;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    load = new OrderLoad(admin, 20);
    await load.history(ORDERS);
    await load.check();
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  it.each(['building', 'comparing', 'switching'])(
    'when it begins %s leaves what served, and goes on when it is run again',
    async (phase) => {
      await killedAt(phase, backend);
      expect(await builds(admin)).toEqual(new Set([serving]));
      await load.some(20);
      await load.check();
      newest += 1;
      await finish();
    },
    SLOW,
  );

  it(
    'after the switch has switched, and is finished when it is run again',
    async () => {
      await killedAt('following', backend);
      newest += 1;
      serving = newest;
      await load.some(20);
      // By the position of the last command: what serves now is kept, although nobody rebuilds any more.
      await load.check();
      // Projectors and this API turn to them by themselves.
      await until(async () => (await builds(admin)).has(serving));
      expect(await builds(admin)).toEqual(new Set([serving]));
      await finish();
    },
    SLOW,
  );

  it(
    'can be given up instead',
    async () => {
      await killedAt('comparing', backend);
      newest += 1;
      expect(await runCli(['rebuild', '--abandon'], backend.environment)).toMatchObject({ code: 0 });
      expect(await builds(admin)).toEqual(new Set([serving]));
      await load.some(20);
      await load.check();
      const again = await runCli(['rebuild', '--abandon'], backend.environment);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('[no-rebuild]')]);
    },
    SLOW,
  );

  async function finish(): Promise<void> {
    const { code, stderr, stdout } = await runCli(['rebuild', '--json'], backend.environment);
    if (code !== 0) throw new Error(stderr);
    expect(JSON.parse(stdout)).toMatchObject({ phase: 'done' });
    serving = newest;
    await load.check();
    expect(await builds(admin)).toEqual(new Set([serving]));
  }
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppendOutcomeUnknown, type RecordedEvent, StoreUnavailable } from '#event-sourcing';
import { eventStoreConformance, sampleEvents } from '#event-sourcing-testing';
import { openDatabase } from '#sqlite';
import { openEventLog } from './event-log.js';
import { SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
import { startWorker } from './sqlite-writer.js';

const ROOT = join(import.meta.dirname, '../../..');
const STREAMS = 4;
const TIMEOUT = 60_000;
/** A message that the thread cannot take: it dies of it. Terminating one inside the driver would take the process along. */
const NO_REQUEST = null;

/**
 * The program of another process: appends single events to the shared streams, again when it comes too late, and prints
 * the id of each when it is answered.
 */
const WRITER = `
  import { randomUUID } from 'node:crypto';
  import { SqliteEventStore } from '#event-store-sqlite';
  const [file, appends] = process.argv.slice(1);
  const store = await SqliteEventStore.open({ file });
  const write = async (n) => {
    const stream = 'account-' + (n % ${STREAMS});
    const event = { id: randomUUID(), type: 'sample-taken.v1', data: { n }, metadata: {} };
    for (;;) {
      let expected = 'no-stream';
      for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 })) expected = last.revision;
      const { outcome } = await store.append(stream, expected, [event]);
      if (outcome === 'appended') return process.stdout.write(event.id + '\\n');
    }
  };
  for (let n = 0; n < Number(appends); n += ${STREAMS}) {
    await Promise.all(Array.from({ length: ${STREAMS} }, (_, lane) => write(n + lane)));
  }
  await store.close();
`;

let folder: string;
let file: string;
let opened: SqliteEventStore[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event log ä-'));
  file = join(folder, 'events.db');
  opened = [];
});

afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<SqliteEventStoreOptions> = {}): Promise<SqliteEventStore> {
  const store = await SqliteEventStore.open({ file, ...options });
  opened.push(store);
  return store;
}

/** Runs the writer; resolves with the ids it printed. `onLine` may kill it. @throws Error when it ended of something else */
async function runWriter(appends: number, onLine?: (count: number, kill: () => void) => void): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, file, String(appends)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const ids: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    ids.push(line);
    onLine?.(ids.length, () => child.kill('SIGKILL'));
  }
  const [code, signal] = await exited;
  if (code !== 0 && !child.killed) throw new Error(`the writer ended with ${code ?? signal}`);
  return ids;
}

async function logOf(store: SqliteEventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}

function expectContiguousStreams(log: readonly RecordedEvent[]): void {
  const next = new Map<string, number>();
  for (const { stream, revision } of log) {
    expect(revision).toBe(next.get(stream) ?? 0);
    next.set(stream, revision + 1);
  }
}

eventStoreConformance('SqliteEventStore', async () => {
  const own = mkdtempSync(join(tmpdir(), 'event log ä-'));
  const openOwn = () => SqliteEventStore.open({ file: join(own, 'events.db') });
  let current = await openOwn();
  return {
    store: current,
    reopen: async () => {
      await current.close();
      current = await openOwn();
      return current;
    },
    close: async () => {
      await current.close();
      rmSync(own, { recursive: true });
    },
  };
});

describe('SqliteEventStore with other processes', () => {
  it(
    'loses and doubles nothing while two processes and this one write, and subscribers see all in order',
    async () => {
      const store = await open();
      const onlooker = await open();
      const [perProcess, here] = [200, 100];
      const stop = new AbortController();
      const seen: RecordedEvent[] = [];
      const watching = (async () => {
        for await (const { events } of onlooker.subscribe({ signal: stop.signal })) {
          seen.push(...events);
          if (seen.length >= 2 * perProcess + here) stop.abort();
        }
      })();
      const own = sampleEvents(here);
      const writeHere = async () => {
        for (const [n, event] of own.entries()) {
          await store.append('account-here', n === 0 ? 'no-stream' : n - 1, [event]);
        }
      };
      const writing = [runWriter(perProcess), runWriter(perProcess)] as const;
      // Together: one that fails says why, where the onlooker would wait for its events until the limit.
      const [first, second] = await Promise.all([...writing, writeHere(), watching]);
      const answered = [...first, ...second, ...own.map(({ id }) => id)];
      const log = await logOf(store);
      expect(log.map(({ id }) => id).sort()).toEqual(answered.sort());
      expect(seen).toEqual(log);
      expectContiguousStreams(log);
    },
    TIMEOUT,
  );

  it(
    'keeps every answered append of a process that is killed',
    async () => {
      const answered = await runWriter(1_000_000, (count, kill) => {
        if (count === 150) kill();
      });
      const log = await logOf(await open());
      const stored = new Set(log.map(({ id }) => id));
      expect(answered.length).toBeGreaterThanOrEqual(150);
      expect(answered.filter((id) => !stored.has(id))).toEqual([]);
      expectContiguousStreams(log);
    },
    TIMEOUT,
  );

  it(
    'lets a process that writes exit with its own code',
    async () => {
      const exit = (n: number) => `
        import { SqliteEventStore } from '#event-store-sqlite';
        const store = await SqliteEventStore.open({ file: process.argv[1] });
        const event = { type: 'sample-taken.v1', data: {}, metadata: {} };
        const write = async (lane) => {
          for (let n = 0; ; n += 1) {
            await store.append('lane-' + lane, n === 0 ? 'no-stream' : n - 1, [{ ...event, id: lane + '-' + n }]);
          }
        };
        for (let lane = 0; lane < 16; lane += 1) void write(\`${n}-\${lane}\`);
        setTimeout(() => process.exit(7), ${10 * n});
      `;
      const codes = await Promise.all(
        [0, 1, 2, 3, 4, 5].map(async (n) => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', exit(n), file], { cwd: ROOT });
          const [code]: number[] = await once(child, 'exit');
          return code;
        }),
      );
      expect(codes).toEqual([7, 7, 7, 7, 7, 7]);
    },
    TIMEOUT,
  );

  it('refuses an append when another process holds the lock past the deadline', async () => {
    const store = await open({ busyTimeout: 50 });
    const holder = openEventLog(file, 1);
    holder.exec('BEGIN IMMEDIATE');
    await expect(store.append('account-1', 'no-stream', sampleEvents(1))).rejects.toThrow(StoreUnavailable);
    expect(await store.head()).toBeUndefined();
    holder.exec('ROLLBACK');
    holder.close();
    expect(await store.append('account-1', 'no-stream', sampleEvents(1))).toMatchObject({ outcome: 'appended' });
  });

  it('gives positions without gaps, also after appends that came to nothing', async () => {
    const store = await open({ busyTimeout: 50 });
    const holder = openEventLog(file, 1);
    for (const stream of ['account-1', 'account-2', 'account-3']) {
      holder.exec('BEGIN IMMEDIATE');
      await expect(store.append(stream, 'no-stream', sampleEvents(2))).rejects.toThrow(StoreUnavailable);
      holder.exec('ROLLBACK');
      const answers = [store.append(stream, 5, sampleEvents(1)), store.append(stream, 'no-stream', sampleEvents(2))];
      expect((await Promise.all(answers)).map(({ outcome }) => outcome)).toEqual(['conflict', 'appended']);
    }
    holder.close();
    expect((await logOf(store)).map(({ position }) => position)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  });

  it('refuses a file that a newer program wrote', async () => {
    const database = openDatabase({ file, name: 'The file' });
    database.exec('PRAGMA user_version = 1000');
    database.close();
    await expect(open()).rejects.toThrow(StoreUnavailable);
  });
});

describe('SqliteEventStore on a page that was overwritten', () => {
  it.each([
    ['another text in the place of data', "data = '\u00a5\u00a5'", 'its data is no JSON'],
    ['a list in the place of data', "data = '[]'", 'its data is no JSON object'],
    ['another text in the place of metadata', "metadata = '{'", 'its metadata is no JSON'],
    ['nothing in the place of metadata', "metadata = 'null'", 'its metadata is no JSON object'],
    ['a type that has no name', 'type = 77', 'nothing names its type'],
    ['a stream that has no name', 'stream = 77', 'nothing names its stream'],
  ])('tells which event is damaged, and gives those before and after it: %s', async (_, damage, complaint) => {
    const store = await open();
    const events = sampleEvents(3);
    await store.append('account-1', 'no-stream', events);
    await store.close();
    const database = openDatabase({ file, name: 'The vandal' });
    database.exec(`UPDATE events SET ${damage} WHERE revision = 1`);
    database.close();
    const damaged = await open();
    const unreadable = {
      name: 'StoreUnavailable',
      message: 'The event log is damaged: restore it from a backup.',
      stream: damage === 'stream = 77' ? '#77' : 'account-1',
      revision: 1,
      position: 2n,
      complaint,
    };
    const ids: string[] = [];
    const reading = async () => {
      for await (const { id } of damaged.readAll()) ids.push(id);
    };
    await expect(reading()).rejects.toMatchObject(unreadable);
    for await (const { id } of damaged.readAll({ from: 2n })) ids.push(id);
    expect(ids).toEqual([events[0]?.id, events[2]?.id]);
    const following = damaged.subscribe({ signal: new AbortController().signal })[Symbol.asyncIterator]();
    await expect(following.next()).rejects.toMatchObject(unreadable);
  });
});

describe('SqliteEventStore and its thread', () => {
  it(
    'does not know the outcome when the thread dies, and settles it with another',
    async () => {
      const threads: Worker[] = [];
      const store = await open({
        startWorker: (settings) => {
          const thread = startWorker(settings);
          threads.push(thread);
          return thread;
        },
      });
      const events = sampleEvents(3);
      const first = await store.append('account-0', 'no-stream', events);
      const pending = ['account-1', 'account-2'].map((stream) => store.append(stream, 'no-stream', events));
      // It arrives before the appends, which leave with the end of this turn of the event loop.
      threads[0]?.postMessage(NO_REQUEST);
      const outcomes = Promise.allSettled(pending);
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AppendOutcomeUnknown) });
      }
      for (const stream of ['account-1', 'account-2']) {
        expect(await store.append(stream, 'no-stream', events)).toMatchObject({ outcome: 'appended', revision: 2 });
      }
      expect(await store.append('account-0', 'no-stream', events)).toEqual(first);
      expect(threads.length).toBe(2);
      expect((await logOf(store)).length).toBe(9);
    },
    TIMEOUT,
  );

  it('answers what waits before it closes, and nothing after', async () => {
    const store = await open();
    const pending = Array.from({ length: 50 }, (_, n) => store.append(`account-${n}`, 'no-stream', sampleEvents(1)));
    const following = store.subscribe({ signal: new AbortController().signal })[Symbol.asyncIterator]();
    await following.next();
    await store.close();
    for (const result of await Promise.all(pending)) expect(result).toMatchObject({ outcome: 'appended' });
    await expect(store.append('account-0', 0, sampleEvents(1))).rejects.toThrow(StoreUnavailable);
    await expect(store.head()).rejects.toThrow(StoreUnavailable);
    await expect(following.next()).rejects.toThrow(StoreUnavailable);
    expect((await logOf(await open())).length).toBe(50);
  });

  it('refuses an append of nothing', async () => {
    await expect((await open()).append('account-0', 'no-stream', [])).rejects.toThrow(RangeError);
  });
});

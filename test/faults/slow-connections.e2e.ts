import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, embedded } from '#test/e2e/backends';
import { ADMIN_KEY, type ApiClient, LedgerProcess } from '#test/e2e/ledger-process';

const SLOW = 300_000;
/** Client and server need a file descriptor each: 10,000 fit under a limit of 20,000 open files a process. */
const CONNECTIONS = Number(process.env.KEYLEDGER_SLOW_CONNECTIONS ?? 2_000);
const AT_A_TIME = 200;
const REQUEST_TIMEOUT = 6;
/** Within what a normal client is answered meanwhile, in milliseconds. */
const ANSWERED_WITHIN = 2_000;
const MOST_KILOBYTES_A_CONNECTION = 50;

const HEAD = `POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\n`;

/** What a bad client does once it is connected; `drip` is what it sends then, bit by bit. */
const MANNERS: readonly { readonly name: string; readonly first: string; readonly drip?: string }[] = [
  { name: 'silent', first: '' },
  { name: 'a head without end', first: 'GET /v1/accounts HTTP/1.1\r\nHost: x\r\n', drip: 'X-A: b\r\n' },
  { name: 'half a body', first: `${HEAD}Content-Length: 1000\r\n\r\n{"name":` },
  { name: 'a body drop by drop', first: `${HEAD}Content-Length: 1000000\r\n\r\n{"name":"`, drip: 'x' },
];

describe(`${CONNECTIONS} slow or half-open connections`, () => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  const sockets: Socket[] = [];
  let closed = 0;

  beforeAll(async () => {
    backend = await embedded.open({ KEYLEDGER_REQUEST_TIMEOUT: String(REQUEST_TIMEOUT) });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    const account = { accountId: 'acme', name: 'Acme', at: '2025-01-01T00:00:00Z' };
    await admin.ask('/v1/accounts/acme', await admin.must('POST', '/v1/accounts', account));
  }, SLOW);
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await ledger.kill();
    await backend.close();
  }, SLOW);

  function open(first: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(new URL(ledger.url).port), host: '127.0.0.1' });
      sockets.push(socket);
      socket.once('connect', () => {
        socket.write(first);
        resolve(socket);
      });
      socket.once('error', reject);
      socket.on('error', () => {}).on('data', () => {});
      socket.once('close', () => {
        closed += 1;
      });
    });
  }

  /** Commands and queries of a normal client, one after the other; the time of the slowest, in milliseconds. */
  async function slowestOf(requests: number): Promise<number> {
    let slowest = 0;
    for (let n = 0; n < requests; n++) {
      const begun = performance.now();
      await admin.must('POST', '/v1/accounts/acme/visits', { channel: 'phone', visitedAt: '2025-06-01T00:00:00Z' });
      expect((await admin.get('/v1/accounts/acme')).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - begun);
    }
    return slowest;
  }

  it(
    'do not keep others waiting, are closed in time, and leave no memory behind',
    async () => {
      await slowestOf(50);
      const before = residentKilobytes(ledger.pid);
      const dripping: [Socket, string][] = [];
      let answered = 0;
      let opened = 0;
      const meanwhile = (async () => {
        while (opened < CONNECTIONS) answered = Math.max(answered, await slowestOf(5));
      })();
      while (opened < CONNECTIONS) {
        const batch = Array.from({ length: Math.min(AT_A_TIME, CONNECTIONS - opened) }, async (_, n) => {
          const { first, drip } = MANNERS[n % MANNERS.length]!;
          const socket = await open(first);
          if (drip !== undefined) dripping.push([socket, drip]);
        });
        await Promise.all(batch);
        opened += batch.length;
      }
      await meanwhile;
      const held = residentKilobytes(ledger.pid) - before;
      const drops = setInterval(() => {
        for (const [socket, drip] of dripping) if (socket.writable) socket.write(drip);
      }, 1_000);
      const deadline = Date.now() + 60_000;
      while (closed < CONNECTIONS && Date.now() < deadline) answered = Math.max(answered, await slowestOf(5));
      clearInterval(drops);
      const left = CONNECTIONS - closed;
      process.stdout.write(
        `\n${CONNECTIONS} slow connections: slowest answer ${Math.round(answered)} ms, ${Math.round(held / 1024)} MiB held, ${left} left open\n`,
      );
      expect(left).toBe(0);
      expect(answered).toBeLessThan(ANSWERED_WITHIN);
      expect(held).toBeLessThan(CONNECTIONS * MOST_KILOBYTES_A_CONNECTION + 100_000);
      expect((await admin.get('/health/ready')).status).toBe(200);
    },
    SLOW,
  );

  it(
    'are told why, and an import may take longer than other requests',
    async () => {
      const late = await open(MANNERS[2]!.first);
      const answer = new Promise<string>((resolve) => {
        let text = '';
        late.on('data', (piece) => {
          text += piece;
        });
        late.once('close', () => resolve(text));
      });
      const path = `POST /v1/imports?kind=visits HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`;
      const importing = await open(
        `${path}Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`,
      );
      const imported = new Promise<string>((resolve) => {
        let text = '';
        importing.on('data', (piece) => {
          text += piece;
        });
        importing.once('close', () => resolve(text));
      });
      const chunk = (text: string) => importing.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      chunk('accountId,visitId,channel,visitedAt\n');
      for (let n = 0; n < 2 * REQUEST_TIMEOUT; n++) {
        chunk(`acme,slow-${n},phone,2025-06-02T00:00:00Z\n`);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      importing.write('0\r\n\r\n');
      expect(await answer).toMatch(/^HTTP\/1\.1 408 .*application\/problem\+json.*"code":"request-timeout"/s);
      expect(await imported).toMatch(/^HTTP\/1\.1 200 .*"accepted":12,/s);
    },
    SLOW,
  );

  it(
    'do not keep the server from ending',
    async () => {
      await Promise.all(MANNERS.map(({ first }) => open(first)));
      const begun = Date.now();
      expect(await ledger.stop()).toBe(0);
      // Docker's ten seconds, and what a busy machine adds.
      expect(Date.now() - begun).toBeLessThan(15_000);
      ledger = await LedgerProcess.start(backend.environment);
    },
    SLOW,
  );
});

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, embedded } from '#test/e2e/backends';
import { ADMIN_KEY, LedgerProcess } from '#test/e2e/ledger-process';
import { documentedRoutes } from './documented-routes.js';
import { hostileRequest, type WireRequest } from './fuzz/hostile-requests.js';
import { Random } from './fuzz/random.js';
import { type WireAnswer, WireConnection } from './fuzz/wire-connection.js';

const REQUESTS = Number(process.env.KEYLEDGER_FUZZ_REQUESTS ?? 5_000);
const SEED = Number(process.env.KEYLEDGER_FUZZ_SEED ?? Date.now() % 2 ** 32);
const CONNECTIONS = 8;
const PATIENCE = 10_000;
/** Below so many requests a process is still warming up, and its memory tells nothing. */
const STEADY = 50_000;
const GROWTH = 1.1;
/** Stacks, files, drivers and their languages. */
const INSIDE =
  /node_modules|\/dist\/|\/libs\/|\bat (?:async )?[\w.<>]+ \(|\.[jt]s:[0-9]|SQLITE|sqlite|\bSELECT\b|\bINSERT\b|Mongo|E11000|TypeError|RangeError|SyntaxError|ERR_[A-Z]|FST_|undefined|\[object /;

describe('Fuzz', () => {
  let backend: Backend;
  let ledger: LedgerProcess;

  beforeAll(async () => {
    backend = await embedded.open({ KEYLEDGER_BASE_CURRENCY: 'EUR', KEYLEDGER_FAILED_AUTH_LIMIT: '9999999' });
    ledger = await LedgerProcess.start(backend.environment);
  }, 60_000);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, 60_000);

  it(
    `answers ${REQUESTS} requests that are broken at random as its contract says (seed ${SEED})`,
    async () => {
      process.stdout.write(`\nfuzz: ${REQUESTS} requests, KEYLEDGER_FUZZ_SEED=${SEED}\n`);
      const admin = ledger.client();
      const routes = await documentedRoutes(admin);
      const keys = [ADMIN_KEY, ADMIN_KEY, ADMIN_KEY, 'not-a-key'];
      for (const [role, member] of [['sales', 'lee'], ['auditor'], ['analyst']]) {
        keys.push((await admin.must('POST', '/v1/api-keys', { name: 'fuzz', role, member })).body.key);
      }
      const random = new Random(SEED);
      const statuses = new Map<number, number>();
      const complaints: string[] = [];
      const memory: number[] = [];
      let sent = 0;
      const sender = async () => {
        const connection = new WireConnection(Number(new URL(ledger.url).port), PATIENCE);
        while (sent < REQUESTS && complaints.length < 20) {
          if (sent % 500 === 0) memory.push(residentKilobytes(ledger.pid));
          sent += 1;
          const request = hostileRequest(routes, keys, random);
          try {
            const answer = await connection.send(request);
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
            const complaint = complaintAbout(request, answer);
            if (complaint !== undefined) complaints.push(`${complaint}\n${shown(request, answer)}`);
          } catch (error) {
            complaints.push(`${String(error)}\n${shown(request)}`);
            connection.close();
          }
        }
        connection.close();
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, sender));
      const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      process.stdout.write(`fuzz: ${sent} sent; ${counts.join(', ')}\n`);
      expect(complaints).toEqual([]);
      // Broken requests that never come past the first door would prove little.
      expect((statuses.get(200) ?? 0) + (statuses.get(201) ?? 0)).toBeGreaterThan(REQUESTS / 20);

      const third = Math.floor(memory.length / 3);
      const [early, late] = [median(memory.slice(third, 2 * third)), median(memory.slice(2 * third))];
      process.stdout.write(
        `fuzz: resident memory ${Math.round(early / 1024)} MiB, then ${Math.round(late / 1024)} MiB\n`,
      );
      if (REQUESTS >= STEADY) expect(late / early).toBeLessThanOrEqual(GROWTH);
    },
    60_000 + REQUESTS * 20,
  );

  it('is still right afterwards', async () => {
    const admin = ledger.client();
    const account = { accountId: 'after', name: 'After', at: '2025-01-01T00:00:00Z' };
    const made = await admin.must('POST', '/v1/accounts', account);
    expect(await admin.ask('/v1/accounts/after', made)).toMatchObject({ accountId: 'after', name: 'After' });
    expect((await admin.get('/health/ready')).status).toBe(200);
    expect(ledger.output.filter((line) => /Unhandled|uncaught|"level":"error"/i.test(line))).toEqual([]);
  });
});

function complaintAbout(request: WireRequest, { headers, status, text }: WireAnswer): string | undefined {
  const { asksForPosition, breaksConnection, bytes, method } = request;
  if (status === 0) {
    // What is far too large is refused while it is being sent, and the answer may be lost with the connection.
    return breaksConnection || bytes.length > 1024 * 1024 ? undefined : 'the connection was closed without an answer';
  }
  const problem = (headers.get('content-type') ?? '').startsWith('application/problem+json');
  if (status >= 400) {
    if (method === 'HEAD') return status < 500 || asksForPosition ? undefined : 'a failure';
    if (!problem) return 'a refusal that is no problem+json';
    const { code, status: said } = JSON.parse(text) as { code?: unknown; status?: unknown };
    if (typeof code !== 'string' || said !== status) return 'a problem without its code or status';
    if (status >= 500 && !(code === 'projection-behind' && asksForPosition)) return 'a failure';
    if (INSIDE.test(text)) return 'a refusal that shows the inside';
  } else if (status < 200) return 'no answer that was asked for';
  return undefined;
}

function shown(request: WireRequest, answer?: WireAnswer): string {
  const sent = request.bytes.toString('latin1').slice(0, 900);
  return `${sent}\n--- ${answer?.status ?? ''} ${answer?.text.slice(0, 600) ?? ''}`;
}

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

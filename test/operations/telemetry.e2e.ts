import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventHash } from '#event-sourcing';
import { ATTRIBUTE, METRIC, SPAN } from '#platform';
import { ADMIN_KEY, type Answer, type ApiClient, environmentOf, LedgerProcess } from '#test/e2e/ledger-process';
import { OtlpCollector } from './otlp-collector.js';

const PROJECTOR = join(import.meta.dirname, '..', '..', 'dist/programs/projector.js');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
/** For processes of the ledger to start. */
const START = 150_000;

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly context: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Waits for a line of a process's output. */
async function lineWith(output: readonly string[], text: string): Promise<string> {
  for (let tries = 0; tries < 1_250; tries++) {
    const line = output.find((each) => each.includes(text));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no line with "${text}" in:\n${output.join('\n')}`);
}

function namesOf(metrics: string): Set<string> {
  return new Set([...metrics.matchAll(/^# TYPE (keyledger_\w+)/gm)].map(([, name]) => name ?? ''));
}

describe('a ledger that is traced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyledger-telemetry-'));
  let collector: OtlpCollector;
  let api: LedgerProcess | undefined;
  let client: ApiClient;
  let projector: ChildProcess | undefined;
  const projectorOutput: string[] = [];
  let projectorUrl: string;

  beforeAll(async () => {
    collector = await OtlpCollector.start();
    const settings = {
      KEYLEDGER_DATA_DIR: join(folder, 'data'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    api = await LedgerProcess.start({ ...settings, KEYLEDGER_PROJECTOR: 'none', KEYLEDGER_LOG_LEVEL: 'debug' });
    client = api.client();
    projector = spawn(process.execPath, [PROJECTOR], {
      env: environmentOf({ ...settings, KEYLEDGER_PROJECTOR_PORT: '0' }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (projector.stdout === null) throw new Error('the child has no pipe');
    createInterface({ input: projector.stdout }).on('line', (line) => projectorOutput.push(line));
    const line: LogLine = JSON.parse(await lineWith(projectorOutput, 'listens on'));
    projectorUrl = line.message.replace(/^.*(http:)/, '$1');
  }, START);

  afterAll(async () => {
    if (projector?.kill('SIGTERM')) await once(projector, 'exit');
    await api?.stop();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const register = (accountId: string, headers: Record<string, string>) =>
    client.must('POST', '/v1/accounts', { accountId, name: 'A Secret Name' }, headers);

  async function newestEvent(accountId: string, after: Answer) {
    const { items } = await client.ask(`/v1/accounts/${accountId}/events`, after);
    return items.at(-1);
  }

  it('sends one trace from the request to the append, and the read models linked to it', async () => {
    const answer = await register('traced', { traceparent: `00-${TRACE}-${CALLER}-01` });
    const inTrace = (name: string) => collector.find((span) => span.traceId === TRACE && span.name === name);
    const http = await inTrace('POST /v1/accounts');
    const command = await inTrace(SPAN.command);
    const append = await inTrace(SPAN.append);
    const projection = await inTrace(SPAN.flush);
    expect(http).toMatchObject({ service: 'keyledger-api', parentSpanId: CALLER });
    expect(http.attributes).toMatchObject({ [ATTRIBUTE.status]: 201, [ATTRIBUTE.route]: '/v1/accounts' });
    expect(command.parentSpanId).toBe(http.spanId);
    expect(command.attributes).toMatchObject({
      [ATTRIBUTE.commandType]: 'register-account',
      [ATTRIBUTE.outcome]: 'accepted',
    });
    expect(append.parentSpanId).toBe(command.spanId);
    expect(append.attributes).toMatchObject({ [ATTRIBUTE.stream]: 'account-traced', [ATTRIBUTE.events]: 1 });
    expect(projection.service).toBe('keyledger-projector');
    expect(projection.links).toContain(`${TRACE}-${command.spanId}`);
    expect([...collector.paths]).toEqual(['/v1/traces']);

    const { eventId, data, metadata, revision, type } = await newestEvent('traced', answer);
    expect(metadata).toMatchObject({ $correlationId: TRACE, traceparent: `00-${TRACE}-${command.spanId}-01` });
    const { hash, ...unhashed } = metadata;
    expect(eventHash({ stream: 'account-traced', revision, id: eventId, type, data }, unhashed)).toBe(hash);
    expect(Object.keys(metadata)).toEqual(Object.keys(metadata).sort());
  });

  it('leaves out of a trace what its caller does not sample', async () => {
    const unsampled = TRACE.replace('4b', '5c');
    const answer = await register('unsampled', { traceparent: `00-${unsampled}-${CALLER}-00` });
    const { metadata } = await newestEvent('unsampled', answer);
    expect(metadata.$correlationId).toBe(unsampled);
    expect(metadata).not.toHaveProperty('traceparent');
    // Spans go out in their order: when those of a later command are here, these would be, too.
    const sampled = TRACE.replace('4b', '6d');
    await register('sampled', { traceparent: `00-${sampled}-${CALLER}-01` });
    for (const service of ['keyledger-api', 'keyledger-projector']) {
      await collector.find((span) => span.service === service && JSON.stringify(span).includes(sampled));
    }
    expect(collector.spans.filter((span) => JSON.stringify(span).includes(unsampled))).toEqual([]);
  });

  it('keeps the correlation id of the client, unless it is out of form', async () => {
    const kept = await register('kept', { 'x-correlation-id': 'order-desk:4711' });
    expect((await newestEvent('kept', kept)).metadata.$correlationId).toBe('order-desk:4711');
    const passedOver = await register('passed-over', { 'x-correlation-id': 'ann@example.org' });
    const { metadata } = await newestEvent('passed-over', passedOver);
    expect(metadata.$correlationId).toBe(passedOver.headers.get('x-request-id'));
  });

  it('logs one JSON object a line, without keys, names and ids', async () => {
    await register('logged', { 'x-correlation-id': 'seen-in-the-log' });
    const line: LogLine = JSON.parse(await lineWith(api?.output ?? [], 'seen-in-the-log'));
    expect(line).toMatchObject({
      level: 'debug',
      context: 'Http',
      method: 'POST',
      route: '/v1/accounts',
      status: 201,
      command: 'register-account',
      correlationId: 'seen-in-the-log',
    });
    expect(line.durationMs).toBeGreaterThan(0);
    const apiOutput = api?.output ?? [];
    await client.post('/v1/accounts/nobody/orders', {}, { 'x-correlation-id': 'refused-in-the-log' });
    const refused: LogLine = JSON.parse(await lineWith(apiOutput, 'refused-in-the-log'));
    expect(refused).toMatchObject({ level: 'debug', status: 400, outcome: 'invalid-request' });
    expect(refused).not.toHaveProperty('detail');
    for (const each of [...apiOutput, ...projectorOutput]) {
      expect(Object.keys(JSON.parse(each)).slice(0, 4)).toEqual(['time', 'level', 'context', 'message']);
    }
    const all = apiOutput.join('\n');
    for (const secret of [ADMIN_KEY, 'Secret Name', 'account-logged']) expect(all).not.toContain(secret);
  });

  it('measures what the names say, and nothing else, in both processes', async () => {
    const names = new Set<string>(Object.values(METRIC));
    const { text } = await client.get('/metrics');
    expect(namesOf(text)).toEqual(names);
    expect(text).toMatch(/^keyledger_commands_total\{type="register-account",outcome="accepted"\} [1-9]/m);
    expect(text).toMatch(/^keyledger_projection_lag_seconds\{projection="accounts"\} /m);
    expect(text).toMatch(/^keyledger_data_disk_size_bytes [1-9]/m);

    expect((await fetch(`${projectorUrl}/health/live`)).status).toBe(200);
    expect((await fetch(`${projectorUrl}/health/ready`)).status).toBe(200);
    expect((await fetch(`${projectorUrl}/v1/accounts`)).status).toBe(404);
    const projectors = await (await fetch(`${projectorUrl}/metrics`)).text();
    for (const name of namesOf(projectors)) expect(names).toContain(name);
    expect(projectors).toMatch(/^keyledger_projector_up 1$/m);
    expect(projectors).toMatch(/^keyledger_projector_documents_written_total [1-9]/m);
    expect(projectors).toMatch(/^keyledger_projector_flush_duration_seconds_count\{outcome="written"\} [1-9]/m);
    expect(projectors).not.toContain('account-traced');
  });
});

describe('a ledger that is not traced', () => {
  it(
    'counts the work of its own projector, and keeps no trace',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'keyledger-telemetry-'));
      const api = await LedgerProcess.start({ KEYLEDGER_DATA_DIR: join(folder, 'data') });
      try {
        const client = api.client();
        const traceparent = `00-${TRACE}-${CALLER}-01`;
        const answer = await client.must('POST', '/v1/accounts', { accountId: 'a', name: 'A' }, { traceparent });
        const { items } = await client.ask('/v1/accounts/a/events', answer);
        expect(items[0].metadata).toMatchObject({ $correlationId: TRACE });
        expect(items[0].metadata).not.toHaveProperty('traceparent');
        const written = /^keyledger_projector_documents_written_total [1-9]/m;
        let { text } = await client.get('/metrics');
        // The projector tells what it has written when it has: the position is there to be read a moment before.
        for (const deadline = Date.now() + 10_000; !written.test(text) && Date.now() < deadline; ) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          text = (await client.get('/metrics')).text;
        }
        expect(text).toMatch(written);
        expect(text).toMatch(/^keyledger_projector_up 1$/m);
      } finally {
        await api.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    START,
  );
});

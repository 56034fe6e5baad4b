import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { ZonedCalendar } from '#calendar';
import { type LedgerCommand, type LedgerSettings, Problem } from '#platform';
import { ENVELOPE, RecordingSender } from '../../testing/import-doubles.js';
import { ImportsService } from '../imports.service.js';
import { IMPORTS_PATH, registerImportParsers } from './import-parsers.js';

const SETTINGS: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR', policyApproval: 'none' };
const HEADER = 'accountId,visitId,channel,visitedAt\n';
const visit = (id: number) => `a${id % 7},v${id},phone,2026-03-01T10:00:00Z\n`;

let http: FastifyInstance;
let imports: ImportsService;

afterEach(() => http.close());

async function listen(refuse?: (command: LedgerCommand) => void): Promise<{ url: string; sender: RecordingSender }> {
  const sender = new RecordingSender(refuse);
  imports = new ImportsService(sender, SETTINGS);
  http = Fastify({ bodyLimit: 1_024, forceCloseConnections: true });
  registerImportParsers(http);
  http.setErrorHandler((error, _, reply) => {
    if (!(error instanceof Problem)) throw error;
    void reply.status(error.status).send({ code: error.code, errors: error.more.errors });
  });
  http.post(IMPORTS_PATH, (request) =>
    imports.import(request.headers['content-type'], request.query, request.body as Readable, ENVELOPE),
  );
  http.post('/v1/accounts', (request) => request.body);
  return { url: await http.listen({ port: 0, host: '127.0.0.1' }), sender };
}

async function post(
  url: string,
  body: string | Readable,
  type = 'text/csv',
): Promise<{ status: number; body: object }> {
  const stream = typeof body === 'string' ? body : (Readable.toWeb(body) as ReadableStream);
  const init = { method: 'POST', headers: { 'Content-Type': type }, body: stream, duplex: 'half' };
  const response = await fetch(url, init as RequestInit);
  return { status: response.status, body: (await response.json()) as object };
}

const requestHead = (length: string) =>
  `POST ${IMPORTS_PATH}?kind=visits HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n${length}\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a server says until it has said a whole answer. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.on('data', (piece) => {
      text += piece.toString('utf8');
      if (/\r\n\r\n.*\}$/s.test(text)) resolve(text);
    });
  });
}

describe('POST /v1/imports', () => {
  it('streams bodies far above the limit of other routes', async () => {
    const { url } = await listen();
    const pieces = (function* () {
      yield HEADER;
      for (let id = 0; id < 5_000; id++) yield visit(id);
    })();
    const { status, body } = await post(
      `${url}${IMPORTS_PATH}?kind=visits`,
      Readable.from(pieces),
      'text/csv; charset=utf-8',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ rows: 5_000, documents: { accepted: 5_000, skipped: 0, rejected: 0 }, errors: [] });
  });

  it('answers 200 with what was rejected', async () => {
    const { url } = await listen();
    const text = `${HEADER}${visit(1)}a,v2,pigeon,2026-03-01T10:00:00Z\n`;
    expect(await post(`${url}${IMPORTS_PATH}?kind=visits`, text)).toMatchObject({
      status: 200,
      body: { documents: { accepted: 1, rejected: 1 }, errors: [{ row: 2, field: 'channel', code: 'is-in' }] },
    });
  });

  it.each([
    ['no kind', '', 'text/csv', 400, 'invalid-request'],
    ['an unknown kind', '?kind=orderz', 'text/csv', 400, 'invalid-request'],
    ['an unknown parameter', '?kind=visits&dryrun=true', 'text/csv', 400, 'invalid-request'],
    ['another word for yes', '?kind=visits&dryRun=yes', 'text/csv', 400, 'invalid-request'],
    ['JSON', '?kind=visits', 'application/json', 415, 'unsupported-media-type'],
    ['another charset', '?kind=visits', 'text/csv; charset=latin1', 415, 'unsupported-media-type'],
    ['other columns', '?kind=surveys', 'text/csv', 422, 'unknown-column'],
  ])('refuses %s', async (_, query, type, status, code) => {
    const { url, sender } = await listen();
    const body = type === 'application/json' ? '{}' : HEADER + visit(1);
    expect(await post(`${url}${IMPORTS_PATH}${query}`, body, type)).toMatchObject({ status, body: { code } });
    expect(sender.sent).toEqual([]);
  });

  it('leaves other routes without streams', async () => {
    const { url } = await listen();
    expect(await post(`${url}/v1/accounts`, HEADER)).toMatchObject({
      status: 415,
      body: { code: 'unsupported-media-type' },
    });
  });

  it('answers with the failure when the ledger cannot take more', async () => {
    const { url } = await listen(() => {
      throw new Problem(500, 'internal', 'Something went wrong here.');
    });
    expect(await post(`${url}${IMPORTS_PATH}?kind=visits`, HEADER + visit(1))).toMatchObject({ status: 500 });
  });

  it('answers a client that is still sending when the import has ended', async () => {
    const { url } = await listen();
    const pieces = (function* () {
      yield `${HEADER}a,v1,pigeon,2026-03-01T10:00:00Z\n`;
      // More than lies on the way between the two.
      const hundred = Array.from({ length: 100 }, (_, id) => visit(id)).join('');
      for (let piece = 0; piece < 4_000; piece++) yield hundred;
    })();
    const answer = await post(`${url}${IMPORTS_PATH}?kind=visits&onError=stop`, Readable.from(pieces));
    expect(answer).toMatchObject({ status: 200, body: { stopped: 'rejected', documents: { rejected: 1 } } });
  });

  it('ends when the client goes away, and keeps what it had taken', async () => {
    const { url, sender } = await listen();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${requestHead('Content-Length: 99999')}${HEADER}${visit(1)}${visit(2)}a3,v3,pho`);
    await until(() => sender.sentOf('log-visit').length === 2);
    socket.destroy();
    await http.close();
    expect(sender.sentOf('log-visit')).toHaveLength(2);
  });

  it('calls imports off when the server shuts down, and answers them', async () => {
    const { url, sender } = await listen();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${requestHead('Transfer-Encoding: chunked')}${chunk(HEADER + visit(1))}${chunk(`${visit(2)}a3,v`)}`);
    await until(() => sender.sentOf('log-visit').length === 2);
    imports.onModuleDestroy();
    const answer = await textOf(socket);
    expect(answer).toContain('HTTP/1.1 200');
    expect(answer).toContain('"stopped":"interrupted"');
    expect(answer).toContain('"documents":{"accepted":2,"skipped":0,"rejected":0}');
    socket.destroy();
  });
});

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { IMPORTS_PATH } from '#imports';
import type { Config } from '#platform';
import type { SecurityHeaders } from './security-headers.js';

/** How long the head of a request may take to arrive, and a connection may say nothing at its beginning, in milliseconds. */
const HEAD_WITHIN = 15_000;
/** How long nothing may move on a connection while a request or its answer is under way, in milliseconds. */
const IDLE_WITHIN = 120_000;
/** How long a connection is kept for the next request: longer than load balancers do, which reuse connections. */
const KEPT_ALIVE = 72_000;
/** How often it is looked for those that took too long, in milliseconds. */
const LOOKED_AFTER = 2_000;
/** How long requests under way may take to end after the server was told to, in milliseconds. */
const DRAINED_WITHIN = 5_000;

const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** Sockets on which the body of an import is under way, which takes as long as it takes: by socket, the newest. */
const importing = new WeakMap<Socket, IncomingMessage>();

/** The HTTP server with bounds by which slow and silent clients cannot hold it up, for Fastify's `serverFactory`. */
export function boundedServer({ maxConnections, requestTimeout }: Config, headers: SecurityHeaders) {
  const requestWithin = requestTimeout * 1_000;
  return (handler: RequestListener): Server => {
    const server = createServer(
      {
        headersTimeout: Math.min(HEAD_WITHIN, requestWithin),
        requestTimeout: requestWithin,
        keepAliveTimeout: KEPT_ALIVE,
        connectionsCheckingInterval: LOOKED_AFTER,
        // Answered as a problem like everything else, in http.ts.
        requireHostHeader: false,
      },
      handler,
    );
    server.setTimeout(IDLE_WITHIN);
    server.maxConnections = maxConnections;
    server.on('checkExpectation', (_request, response) => {
      const body = problemText(417, 'expectation-failed', 'The only expectation that is met is 100-continue.');
      response.writeHead(417, headersAround(body, headers));
      response.end(body);
    });
    return server;
  };
}

/** Lets imports take their time; to be called before there are routes. */
export function exemptImports(http: FastifyInstance): void {
  http.addHook('onRoute', (route: RouteOptions) => {
    if (route.url !== IMPORTS_PATH) return;
    route.preHandler = async ({ raw }) => {
      const { socket } = raw;
      if (raw.readableEnded) return;
      importing.set(socket, raw);
      // Not with the answer, which may come while the client is still sending.
      raw.once('end', () => {
        if (importing.get(socket) === raw) importing.delete(socket);
      });
    };
    // Who may not import anything has the time that others have.
    route.onResponse = async ({ raw }, { statusCode }) => {
      if (REFUSED.has(statusCode)) importing.delete(raw.socket);
    };
  });
}

/** Cuts off what has not ended some time after the server was told to stop. @returns ends the watch */
export function drainWithin(server: Server): () => void {
  const timer = setTimeout(() => server.closeAllConnections(), DRAINED_WITHIN);
  return () => clearTimeout(timer);
}

/** What the HTTP parser refuses: there is no request to answer, so the answer goes onto the connection as it is. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket, headers: SecurityHeaders): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && importing.has(socket)) return;
  const [status, code, detail] = brokenRequest(error.code);
  const body = problemText(status, code, detail);
  if (socket.writable) {
    const lines = Object.entries(headersAround(body, headers)).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  }
  socket.destroy();
}

/** Of a problem that ends the connection, and whose request never got an id. */
function headersAround(body: string, headers: SecurityHeaders): Record<string, string | number> {
  return {
    ...headers,
    'X-Request-Id': randomUUID(),
    'Content-Type': 'application/problem+json',
    'Content-Length': body.length,
    Connection: 'close',
  };
}

function brokenRequest(code: string | undefined): [status: number, code: string, detail: string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'request-timeout', 'The request took too long to arrive.'];
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'head-too-large', 'The head of the request is larger than 16 KiB.'];
  return [400, 'malformed-request', 'The request cannot be understood.'];
}

/** A problem in ASCII, so that its length is its size. */
export function problemText(status: number, code: string, detail: string): string {
  const type = `urn:keyledger:problem:${code}`;
  return JSON.stringify({ type, title: STATUS_CODES[status] ?? 'Error', status, detail, code });
}

/** Listens there and ends at once. @throws the system's error where that is not possible */
export async function assertCanListen(port: number, host: string): Promise<void> {
  const probe = createNetServer().listen(port, host);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

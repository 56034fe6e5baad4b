import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { IMPORTS_PATH, registerImportParsers } from '#imports';
import type { Config } from '#platform';
import { answerBrokenRequest, boundedServer, exemptImports } from './connections.js';

/** In seconds, as requests have to arrive. */
const REQUEST_TIMEOUT = 0.5;
/** By then a request that takes too long has been cut off, for the server looks every two seconds. */
const CUT_OFF = 3_500;

const IMPORT = `POST ${IMPORTS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n`;
const LINE = '5\r\na,b\r\n\r\n';
const END = '0\r\n\r\n';
const HALF_A_HEAD = `POST ${IMPORTS_PATH} HTTP/1.1\r\nHost: x\r\n`;

describe('a connection on which imports come', () => {
  let http: FastifyInstance;
  let client: Socket;
  let received: string;
  let status: number;

  beforeEach(async () => {
    http = Fastify({
      serverFactory: boundedServer({ maxConnections: 10, requestTimeout: REQUEST_TIMEOUT } as Config, {} as never),
      clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, {} as never),
      forceCloseConnections: true,
    });
    exemptImports(http);
    registerImportParsers(http);
    http.post(IMPORTS_PATH, async (request, reply) => {
      // As an import does that has found what it stops at.
      request.raw.resume();
      reply.code(status);
      return 'answered';
    });
    const url = await http.listen({ port: 0, host: '127.0.0.1' });
    received = '';
    status = 200;
    client = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
    client
      .on('error', () => {})
      .on('data', (text) => {
        received += text;
      });
  });
  afterEach(async () => {
    client.destroy();
    await http.close();
  });

  it('is not cut off while one that is answered early still comes', async () => {
    client.write(IMPORT);
    for (let n = 0; n < 8; n++) {
      client.write(LINE);
      await setTimeout(CUT_OFF / 8);
    }
    client.write(END);
    // The next one shows that the connection is still good.
    client.write(`${IMPORT}${END}`);
    await setTimeout(500);
    expect(received.match(/HTTP\/1\.1 [0-9]+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  });

  it('is cut off while one still comes that was refused', async () => {
    status = 403;
    client.write(IMPORT);
    for (let n = 0; n < 8 && !client.closed; n++) {
      client.write(LINE);
      await setTimeout(CUT_OFF / 8);
    }
    expect([received.match(/HTTP\/1\.1 [0-9]+/g), client.closed]).toEqual([['HTTP/1.1 403', 'HTTP/1.1 408'], true]);
  });

  it('is cut off after them when another request takes too long', async () => {
    client.write(`${IMPORT}${LINE}${END}`);
    await setTimeout(200);
    client.write(HALF_A_HEAD);
    await setTimeout(CUT_OFF);
    expect(received.match(/HTTP\/1\.1 [0-9]+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 408']);
  });
});

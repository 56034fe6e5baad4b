import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { onceAnswered } from './answered.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
/** More than Node takes for a leak. */
const MANY = 30;

describe('what is to be done once a request is answered', () => {
  let server: Server;
  let client: Socket;
  let requests: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
  let done: number[];
  const warned = jest.fn();

  beforeEach(async () => {
    requests = [];
    done = [];
    warned.mockClear();
    process.on('warning', warned);
    server = createServer((request, response) => {
      const number = requests.push({ request, response }) - 1;
      onceAnswered(request, response, () => done.push(number));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {}).resume();
    await once(client, 'connect');
  });
  afterEach(async () => {
    process.off('warning', warned);
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** Sends that many at once, and waits for the last. */
  async function pipeline(count: number): Promise<Socket> {
    const all = requests.length + count;
    client.write(REQUEST.repeat(count));
    await until(() => requests.length === all);
    return requests[0]?.request.socket as Socket;
  }

  it('is done in turn, and leaves nothing behind on a connection that stays', async () => {
    const socket = await pipeline(1);
    requests[0]?.response.end();
    await until(() => done.length === 1);
    const listeners = socket.listenerCount('close');
    await pipeline(MANY);
    // Those behind wait for the first to be sent.
    for (const { response } of requests.slice(2)) response.end();
    await setTimeout(50);
    expect(done).toEqual([0]);
    requests[1]?.response.end();
    await until(() => done.length === MANY + 1);
    expect(done).toEqual([...Array(MANY + 1).keys()]);
    expect(socket.listenerCount('close')).toBe(listeners);
    client.destroy();
    await closed(socket);
    expect(done).toHaveLength(MANY + 1);
  });

  it('is done once for all that wait when the connection goes', async () => {
    const socket = await pipeline(MANY);
    expect(warned).not.toHaveBeenCalled();
    client.destroy();
    await closed(socket);
    await until(() => done.length === MANY);
    for (const { response } of requests) response.end();
    await setTimeout(50);
    expect(done.sort((a, b) => a - b)).toEqual([...Array(MANY).keys()]);
  });

  it('is done at once where the connection has gone already', async () => {
    const socket = await pipeline(2);
    client.destroy();
    await closed(socket);
    for (const { request, response } of requests) onceAnswered(request, response, () => done.push(MANY));
    expect(done.filter((number) => number === MANY)).toHaveLength(2);
  });
});

/** However it closes: the server may find it reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 10_000; !holds(); await setTimeout(2)) {
    if (performance.now() > deadline) throw new Error('waited in vain');
  }
}

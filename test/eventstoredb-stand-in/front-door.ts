import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between the clients and the gRPC server and passes bytes on, so that connections can be cut or frozen as a
 * network or a stopped machine would.
 */
export class FrontDoor {
  readonly #server: Server;
  readonly #upstreamPort: () => number;
  /** Each client's socket, with the one to the gRPC server. */
  readonly #pairs = new Map<Socket, Socket>();
  #frozen = false;

  constructor(upstreamPort: () => number) {
    this.#upstreamPort = upstreamPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  async open(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param peer address and port as the gRPC server sees them */
  cut(peer: string): void {
    const port = Number(peer.split(':').at(-1));
    for (const [client, upstream] of this.#pairs) if (upstream.localPort === port) client.resetAndDestroy();
  }

  cutAll(): void {
    for (const client of this.#pairs.keys()) client.resetAndDestroy();
  }

  freeze(): void {
    this.#frozen = true;
    for (const [client, upstream] of this.#pairs) {
      client.unpipe(upstream).pause();
      upstream.unpipe(client).pause();
    }
  }

  thaw(): void {
    this.#frozen = false;
    for (const [client, upstream] of this.#pairs) join(client, upstream);
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#upstreamPort(), '127.0.0.1');
    this.#pairs.set(client, upstream);
    const end = () => {
      this.#pairs.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      // A socket's error is followed by its close, and a cut is what this is for.
      socket.on('error', () => undefined).on('close', end);
    }
    if (!this.#frozen) join(client, upstream);
  }
}

function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

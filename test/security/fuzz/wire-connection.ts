import { connect, type Socket } from 'node:net';
import type { WireRequest } from './hostile-requests.js';

/** What came back over the wire. */
export interface WireAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** One connection to a server, opened anew where a request broke it: bytes in, answers out. */
export class WireConnection {
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #ended = true;
  #wake: () => void = () => {};

  constructor(
    private readonly port: number,
    private readonly patience: number,
  ) {}

  /** @throws Error when nothing is answered in time */
  async send(request: WireRequest): Promise<WireAnswer> {
    if (this.#ended) await this.#open();
    this.#received = Buffer.alloc(0);
    const socket = this.#socket!;
    socket.write(request.bytes);
    // No more will come: what waits for the rest of a body need not wait.
    if (request.breaksConnection) socket.end();
    const deadline = Date.now() + this.patience;
    for (;;) {
      const answer = parsedAnswer(this.#received, request.method, this.#ended);
      if (answer !== undefined) {
        if (request.breaksConnection || answer.headers.get('connection') === 'close') this.close();
        return answer;
      }
      if (this.#ended) return { status: 0, headers: new Map(), text: this.#received.toString('utf8') };
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `no whole answer in ${this.patience} ms; so far: ${this.#received.toString('utf8').slice(0, 300)}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#ended = true;
    this.#socket?.destroy();
  }

  async #open(): Promise<void> {
    this.#socket?.destroy();
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#socket = socket;
    this.#ended = false;
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const over = () => {
      if (this.#socket !== socket) return;
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', over).on('close', over).on('error', over);
    socket.on('data', (piece) => {
      if (this.#socket !== socket) return;
      this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
      this.#wake();
    });
  }
}

/** The first final answer in the bytes, if it is whole. */
function parsedAnswer(bytes: Buffer, method: string, ended: boolean): WireAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] ([0-9]{3})/.exec(statusLine)?.[1] ?? -1);
  if (status === 100) return parsedAnswer(bytes.subarray(headEnd + 4), method, ended);
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = bytes.subarray(headEnd + 4);
  if (method === 'HEAD' || status === 204 || status === 304) return { status, headers, text: '' };
  const length = headers.get('content-length');
  if (length !== undefined) {
    return rest.length < Number(length)
      ? undefined
      : { status, headers, text: rest.toString('utf8', 0, Number(length)) };
  }
  if (headers.get('transfer-encoding') === 'chunked') {
    const whole = unchunked(rest);
    return whole === undefined ? undefined : { status, headers, text: whole.toString('utf8') };
  }
  return ended ? { status, headers, text: rest.toString('utf8') } : undefined;
}

/** The content of chunks, if the last one is there. */
function unchunked(bytes: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

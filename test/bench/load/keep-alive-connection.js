import { connect } from 'node:net';

/**
 * A keep-alive connection that sends one request at a time, as bytes made beforehand, and reads as little of the answer
 * as it must: Node's own client would cost more than the servers it is to measure.
 */
export class KeepAliveConnection {
  #host;
  #port;
  #socket;
  #pending;
  #received = '';

  /** @param {URL} url */
  constructor(url) {
    this.#host = url.hostname;
    this.#port = Number(url.port);
  }

  /**
   * @param {string} request all of it, ASCII
   * @returns {Promise<{ status: number, head: string, body: string }>}
   */
  send(request) {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#socket === undefined) this.#open();
      this.#socket.write(request, 'latin1');
    });
  }

  close() {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open() {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#fail(new Error('the server closed the connection'));
    });
    this.#received = '';
    this.#socket = socket;
  }

  #receive(chunk) {
    this.#received += chunk;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#fail(new Error('an answer without Content-Length'));
      this.close();
      return;
    }
    if (this.#received.length < end + 4 + Number(length)) return;
    const body = this.#received.slice(end + 4);
    this.#received = '';
    const { resolve } = this.#pending;
    this.#pending = undefined;
    resolve({ status: Number(head.slice(9, 12)), head, body });
  }

  #fail(error) {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}

/** The bytes of a request with a JSON body. @param {Record<string, string>} headers */
export function requestText(method, path, host, headers, body = undefined) {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push('Content-Type: application/json', `Content-Length: ${body.length}`);
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** By connection, what is to be done about the responses that wait for those before them. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `done` once when the response has been sent, or never can be. */
export function onceAnswered({ socket }: IncomingMessage, response: ServerResponse, done: () => void): void {
  // Node tells a response that its connection has closed only while it is that response's turn.
  const waitsItsTurn = response.socket === null;
  if (response.closed || (waitsItsTurn && socket.closed)) done();
  else if (waitsItsTurn) onceAnsweredOrCutOff(socket, response, done);
  else response.once('close', done);
}

function onceAnsweredOrCutOff(socket: Socket, response: ServerResponse, done: () => void): void {
  const settle = (): void => {
    response.off('close', settle);
    stopWaiting(socket, settle);
    done();
  };
  response.once('close', settle);
  waitFor(socket, settle);
}

/** One listener a connection, however many requests a client has sent ahead on it. */
function waitFor(socket: Socket, settle: () => void): void {
  const others = waiting.get(socket);
  if (others !== undefined) {
    others.add(settle);
    return;
  }
  waiting.set(socket, new Set([settle]));
  socket.once('close', settleAll);
}

function stopWaiting(socket: Socket, settle: () => void): void {
  const left = waiting.get(socket);
  left?.delete(settle);
  if (left === undefined || left.size > 0) return;
  waiting.delete(socket);
  socket.off('close', settleAll);
}

function settleAll(this: Socket): void {
  for (const settle of waiting.get(this) ?? []) settle();
}

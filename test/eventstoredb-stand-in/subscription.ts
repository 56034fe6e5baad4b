import { randomUUID } from 'node:crypto';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { NodeLog } from './node-log.js';
import { type EventFilter, type ReadServerCall, send } from './read-handler.js';
import { caughtUp, checkpoint, confirmation, eventResponse } from './read-responses.js';

/** Events that the server looks at before it may tell a checkpoint, and takes from the log at once. */
const SEARCH_WINDOW = 32;

/**
 * A filtered subscription to `$all`, as a node of version 23.10 serves it:
 * - from a position it skips one event, the first at or after that position, whatever position that event has;
 * - it catches up by pages, and says once that it has caught up, without a checkpoint;
 * - a checkpoint names the page's last event that passed the filter, or, where none did, the place where the page began,
 *   with the prepare position 0; when live, the event last looked at.
 */
export async function follow(
  call: ReadServerCall,
  log: NodeLog,
  options: ReadReq.Options,
  shown: EventFilter,
): Promise<void> {
  const interval = (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1) * SEARCH_WINDOW;
  const from = options.getAll()?.getPosition()?.getCommitPosition() ?? '0';
  let next = from === '0' ? 0 : log.indexOf(BigInt(from)) + 1;
  let considered = 0;
  await send(call, confirmation(randomUUID()));
  while (next < log.events.length && !call.cancelled) {
    const page = log.events.slice(next, next + SEARCH_WINDOW);
    next += page.length;
    considered += page.length;
    const passed = page.filter(shown);
    for (const event of passed) await send(call, eventResponse(event));
    if (considered >= interval && next < log.events.length) {
      considered %= interval;
      const last = passed.at(-1)?.position;
      const began = log.events[next - page.length - 1]?.postPosition ?? 0n;
      await send(call, last === undefined ? checkpoint(began, 0n) : checkpoint(last, last));
    }
  }
  await send(call, caughtUp());
  while (!call.cancelled) {
    for (; next < log.events.length && !call.cancelled; next++) {
      const event = log.events[next]!;
      if (shown(event)) await send(call, eventResponse(event));
      considered += 1;
      if (considered < interval) continue;
      considered = 0;
      await send(call, checkpoint(event.position, event.position));
    }
    await more(call, log, next);
  }
}

/** Resolves when there is more in the log, or the call has ended. */
async function more(call: ReadServerCall, log: NodeLog, next: number): Promise<void> {
  if (call.cancelled || next < log.events.length) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      unsubscribe();
      call.off('cancelled', done);
      resolve();
    };
    const unsubscribe = log.onAppend(done);
    call.on('cancelled', done);
  });
}

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openEventLog } from './event-log.js';
import { GroupCommit } from './group-commit.js';
import {
  type AppendRequest,
  CLOSE,
  GROUP_APPENDS,
  GROUP_CHARACTERS,
  READY,
  type WriterRequest,
} from './writer-protocol.js';

/** What the thread is started with. */
export interface WriterSettings {
  readonly file: string;
  /** Milliseconds to wait for a lock. */
  readonly busyTimeout: number;
}

/** The lock is waited for by {@link GroupCommit}, not by SQLite. */
const SHORT_BUSY_TIMEOUT = 1;

function serve(port: MessagePort, { file, busyTimeout }: WriterSettings): void {
  const database = openEventLog(file, busyTimeout);
  database.exec(`PRAGMA busy_timeout = ${SHORT_BUSY_TIMEOUT}`);
  const groups = new GroupCommit(database, busyTimeout);

  port.on('message', (request: WriterRequest) => {
    let closing = request === CLOSE;
    const group: AppendRequest[] = request === CLOSE ? [] : [request];
    let { count, characters } = { count: 0, characters: 0, ...group[0] };
    // Whatever arrived while the last commit ran goes into this one.
    while (!closing && count < GROUP_APPENDS && characters < GROUP_CHARACTERS) {
      const next: { message: WriterRequest } | undefined = receiveMessageOnPort(port);
      if (next === undefined) break;
      if (next.message === CLOSE) {
        closing = true;
      } else {
        group.push(next.message);
        count += next.message.count;
        characters += next.message.characters;
      }
    }
    if (group.length > 0) for (const reply of groups.commit(group)) port.postMessage(reply);
    if (closing) {
      database.close();
      port.close();
    }
  });
  port.postMessage(READY);
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
serve(parentPort, workerData);

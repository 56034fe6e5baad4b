import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Database, DriverWork, WriteAheadLog } from '#sqlite';
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
  /** Of its DriverThread. */
  readonly driver: SharedArrayBuffer;
}

/** The lock is waited for by {@link GroupCommit}, not by SQLite. */
const SHORT_BUSY_TIMEOUT = 1;

class Writer {
  readonly #port: MessagePort;
  readonly #database: Database;
  readonly #groups: GroupCommit;
  readonly #log: WriteAheadLog;

  constructor(port: MessagePort, { file, busyTimeout }: WriterSettings) {
    this.#port = port;
    this.#database = openEventLog(file, busyTimeout);
    this.#database.exec(`PRAGMA busy_timeout = ${SHORT_BUSY_TIMEOUT}`);
    this.#groups = new GroupCommit(this.#database, busyTimeout);
    this.#log = new WriteAheadLog(this.#database, file);
  }

  /** Does what was asked, together with whatever else arrived while the last commit ran. */
  serve(request: WriterRequest): void {
    const group: AppendRequest[] = [];
    let next: WriterRequest | undefined = request;
    let [count, characters] = [0, 0];
    while (next !== undefined && next !== CLOSE) {
      group.push(next);
      count += next.count;
      characters += next.characters;
      next = count < GROUP_APPENDS && characters < GROUP_CHARACTERS ? this.#nextRequest() : undefined;
    }
    if (group.length > 0) {
      for (const reply of this.#groups.commit(group)) this.#port.postMessage(reply);
      this.#log.bound();
    }
    if (next === CLOSE) {
      this.#database.close();
      this.#port.close();
    }
  }

  #nextRequest(): WriterRequest | undefined {
    const received: { message: WriterRequest } | undefined = receiveMessageOnPort(this.#port);
    return received?.message;
  }
}

function start(port: MessagePort, settings: WriterSettings): void {
  const driver = new DriverWork(settings.driver);
  driver.run(() => {
    const writer = new Writer(port, settings);
    port.on('message', (request: WriterRequest) => driver.run(() => writer.serve(request)));
    port.postMessage(READY);
  });
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
start(parentPort, workerData);

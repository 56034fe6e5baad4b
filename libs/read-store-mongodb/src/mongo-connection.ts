import {
  type Db,
  MongoAPIError,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoSystemError,
  MongoWriteConcernError,
} from 'mongodb';
import { InvalidConnectionString, StoreUnavailable } from '#event-sourcing';

/** How long a call waits for a server that takes it, and a new connection for an answer, in milliseconds. */
const SERVER_TIMEOUT = 3_000;
/** How often a server is asked whether it is there; one that does not answer loses its waiting calls. */
const HEARTBEAT = 2_000;
/** How long a call may take that reads or writes a few documents, in milliseconds. */
export const ANSWER_WITHIN = 15_000;
const DEFAULT_DATABASE = 'keyledger';

const UNAVAILABLE_LABELS = ['RetryableWriteError', 'TransientTransactionError', 'UnknownTransactionCommitResult'];

/** Errors of a server that is there but does not take the call now, or not from us (mongodb/mongo `error_codes.yml`). */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized
  18, // AuthenticationFailed
  // A server that was started anew does not know the cursors from before.
  43, // CursorNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  189, // PrimarySteppedDown
  237, // CursorKilled
  262, // ExceededTimeLimit
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

export interface MongoStoreOptions {
  /** `mongodb://` or `mongodb+srv://`; the database stands in its path, `keyledger` where there is none. */
  readonly url: string;
}

/** A database on a server that has answered. */
export class MongoConnection {
  readonly #name: string;

  private constructor(
    name: string,
    readonly client: MongoClient,
    readonly database: Db,
    /** Whether it has transactions: a member of a replica set has, a router of a cluster has, a standalone has not. */
    readonly transactions: boolean,
  ) {
    this.#name = name;
  }

  /**
   * Connects and asks the server what it is. Integers of 64 bits are read as bigints.
   * @param name what the store is called at the start of a sentence
   * @throws StoreUnavailable, InvalidConnectionString
   */
  static async open(name: string, { url }: MongoStoreOptions): Promise<MongoConnection> {
    const client = clientOf(url);
    try {
      return await answered(name, ANSWER_WITHIN, async () => {
        await client.connect();
        const database = client.db(databaseOf(url));
        const hello = await database.command({ hello: 1 });
        return new MongoConnection(name, client, database, hello.setName !== undefined || hello.msg === 'isdbgrid');
      });
    } catch (error) {
      // It takes leave of the server, which may not answer that either.
      await answered(name, SERVER_TIMEOUT, () => client.close()).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Does the work on the server, within a bound.
   * @param within milliseconds
   * @throws StoreUnavailable for an error that is the server's or the network's, with the driver's as its cause, and for
   * work that takes longer, which may be done all the same
   */
  call<T>(work: () => Promise<T>, within = ANSWER_WITHIN): Promise<T> {
    return answered(this.#name, within, work);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** The database in the path of a connection string, whose hosts and options the driver parses. */
function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]*)/.exec(url)?.[1] ?? '';
  return path === '' ? DEFAULT_DATABASE : decodeURIComponent(path);
}

/**
 * Does the work within so many milliseconds, as {@link reached}. The driver (7.9) has no bound: it waits for ever for the
 * answer to what it wrote to a connection that was destroyed and has not said so yet, as happens when a server is killed.
 */
async function answered<T>(name: string, within: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const cause = new Error(`no answer within ${within} ms`);
    timer = setTimeout(() => reject(new StoreUnavailable(`${name} cannot be reached.`, { cause })), within);
  });
  try {
    return await Promise.race([reached(name, work), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Does the work; an error that is the server's or the network's becomes StoreUnavailable, with the driver's as its cause. */
export async function reached<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? new StoreUnavailable(`${name} cannot be reached.`, { cause: error }) : error;
  }
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof MongoError)) return isOfTheConnection(error);
  if (
    error instanceof MongoNetworkError ||
    error instanceof MongoSystemError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoWriteConcernError
  ) {
    return true;
  }
  // Of the driver's own complaints only those are meant that a closed or lost connection makes.
  if (error instanceof MongoAPIError) return /NotConnected|Closed|ExpiredSession/.test(error.name);
  if (error instanceof MongoBulkWriteError && isBulkWriteCutOff(error)) return true;
  return (
    UNAVAILABLE_LABELS.some((label) => error.hasErrorLabel(label)) ||
    (error instanceof MongoServerError && UNAVAILABLE_CODES.has(error.code))
  );
}

/**
 * What broke a connection in the middle of what was written to it, the driver hands on as it got it: the system's error, or
 * that of Node's streams. Not by `instanceof`: both are made outside of this realm under test.
 */
function isOfTheConnection(error: unknown): boolean {
  const { syscall, code } = (error ?? {}) as { syscall?: unknown; code?: unknown };
  return typeof syscall === 'string' || (typeof code === 'string' && /^ERR_(?:STREAM|SOCKET|SSL|TLS)_/.test(code));
}

/**
 * The driver wraps a lost connection, too, in an error of a bulk write, which then names no write that failed, and has the
 * operating system's code, a text such as `EPIPE`, or none. Codes of servers are numbers.
 */
function isBulkWriteCutOff(error: MongoBulkWriteError): boolean {
  if (error.result.getWriteConcernError() !== undefined) return true;
  return [error.writeErrors].flat().length === 0 && typeof error.code !== 'number';
}

/** Whether a server could be reached by it, as far as can be told without one. @throws InvalidConnectionString */
export function checkMongoUrl(url: string): void {
  clientOf(url);
}

/** A client that connects when it is used. @throws InvalidConnectionString */
function clientOf(url: string): MongoClient {
  try {
    return new MongoClient(url, {
      serverSelectionTimeoutMS: SERVER_TIMEOUT,
      connectTimeoutMS: SERVER_TIMEOUT,
      heartbeatFrequencyMS: HEARTBEAT,
      useBigInt64: true,
      // Checkpoints and documents must come from the same, newest state.
      readPreference: 'primary',
      // What was answered is built upon (the next write, and what is kept in memory), so that it must outlive the server.
      // A standalone would otherwise answer before its journal has it.
      // One by one, so that they stand above what the URL says.
      w: 'majority',
      journal: true,
    });
  } catch (cause) {
    const option = /^options? ([A-Za-z, ]{1,80}) (?:is|are) not supported$/.exec((cause as Error).message)?.[1];
    const complaint =
      option === undefined ? 'is wrong: check its hosts and its options' : `has an option that is not known: ${option}`;
    throw new InvalidConnectionString(`${complaint}.`, { cause });
  }
}

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';

export interface MongoServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** File that keeps the data over a restart; without one they live in memory. */
  readonly file?: string;
  /** For suites that keep it busy for minutes: compiled for speed, which costs more than it gives in seconds. */
  readonly fast?: boolean;
}

export interface MongoServer {
  /** Without a database. */
  readonly url: string;
  readonly port: number;
  /** Lets it write everything and end. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL; what it was told in the last tenth of a second without `journal` may be lost, as with MongoDB. */
  kill(): Promise<void>;
}

export type ServerOffer = { readonly available: true } | { readonly available: false; readonly reason: string };

const FOLDER = import.meta.dirname;
const TARGET = join(FOLDER, 'target');
const JARS = join(TARGET, 'jars');
const LAUNCHER = 'MongoServerLauncher';
const WARM_UP = 60_000;

/** Whether the server can be started here. Its jars come with `mvn -f test/mongodb-server dependency:copy-dependencies`. */
export function mongoServerOffer(): ServerOffer {
  if (!existsSync(JARS)) {
    return {
      available: false,
      reason: 'its jars are missing: mvn -f test/mongodb-server dependency:copy-dependencies',
    };
  }
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return { available: true };
  } catch {
    return { available: false, reason: 'there is no Java to run it' };
  }
}

/** Where the launcher's classes are. It is compiled once: started from its source, every start would do that, for a second. */
function launcherClasses(): string {
  const source = join(FOLDER, `${LAUNCHER}.java`);
  const classes = join(TARGET, 'classes');
  const main = `${LAUNCHER}.class`;
  const compiled = statSync(join(classes, main), { throwIfNoEntry: false });
  if (compiled !== undefined && compiled.mtimeMs >= statSync(source).mtimeMs) return classes;
  // Suites start side by side, so each moves whole files in, the one that is looked for last.
  const fresh = mkdtempSync(join(TARGET, 'classes-'));
  const compiler = ['-m', 'jdk.compiler/com.sun.tools.javac.Main'];
  const jars = readdirSync(JARS).map((name) => join(JARS, name));
  execFileSync('java', [...compiler, '-cp', jars.join(delimiter), '-d', fresh, source]);
  mkdirSync(classes, { recursive: true });
  const names = readdirSync(fresh).filter((name) => name !== main);
  for (const name of [...names, main]) renameSync(join(fresh, name), join(classes, name));
  rmdirSync(fresh);
  return classes;
}

/**
 * The first answer of a JVM that has just begun takes seconds on a busy machine, more than the bounds that the product
 * sets to MongoDB, which are not meant for that.
 */
async function warmedUp(url: string): Promise<void> {
  const client = new MongoClient(url, {
    connectTimeoutMS: WARM_UP,
    serverSelectionTimeoutMS: WARM_UP,
    socketTimeoutMS: WARM_UP,
  });
  try {
    await client.db('admin').command({ ping: 1 });
  } finally {
    await client.close();
  }
}

/** Starts a server that speaks MongoDB's protocol (mongo-java-server: standalone, no transactions) in a process of its own. */
export async function startMongoServer({ port, file, fast = false }: MongoServerOptions): Promise<MongoServer> {
  const java = spawn(
    'java',
    [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      ...(fast ? [] : ['-XX:TieredStopAtLevel=1']),
      '-cp',
      [launcherClasses(), join(JARS, '*')].join(delimiter),
      LAUNCHER,
      String(port),
      ...(file === undefined ? [] : [file]),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const exited = once(java, 'exit');
  let complaints = '';
  java.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const lines = createInterface({ input: java.stdout });
  const announced = once(lines, 'line').then(([line]) => Number(/^port (\d+)$/.exec(String(line))?.[1]));
  const listening = await Promise.race([announced, exited.then(() => Number.NaN)]);
  if (Number.isNaN(listening)) throw new Error(`the MongoDB server did not start: ${complaints}`);
  const url = `mongodb://127.0.0.1:${listening}`;
  try {
    await warmedUp(url);
  } catch (cause) {
    java.kill('SIGKILL');
    throw new Error(`the MongoDB server does not answer: ${complaints}`, { cause });
  }
  return {
    url,
    port: listening,
    async stop() {
      java.stdin.end();
      await exited;
    },
    async kill() {
      java.kill('SIGKILL');
      await exited;
    },
  };
}

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const ROOT = join(import.meta.dirname, '..', '..');
const API = join(ROOT, 'dist/programs/api.js');
const CLI = join(ROOT, 'dist/programs/keyledger.js');
const START_DEADLINE = 120_000;
const END_DEADLINE = 60_000;

export const ADMIN_KEY = 'the-admin-of-these-tests';

/** Settings of a ledger's processes; `EVENTSTOREDB_URL` and such of the tests' own surroundings are not handed on. */
export type LedgerEnvironment = Readonly<Record<string, string>>;

/** What a process of the ledger gets to see. */
export function environmentOf(settings: LedgerEnvironment): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    KEYLEDGER_ADMIN_KEY: ADMIN_KEY,
    PORT: '0',
    ...settings,
  };
}

/** Its exit code after `SIGTERM`. @throws Error with what it said when it does not end; it is killed then */
export async function terminated(
  child: ChildProcess,
  exit: Promise<unknown[]>,
  output: readonly string[],
): Promise<number | null> {
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill('SIGKILL');
  }, END_DEADLINE);
  child.kill('SIGTERM');
  const [code] = await exit;
  clearTimeout(timer);
  if (hangs) throw new Error(`still running ${END_DEADLINE} ms after SIGTERM:\n${output.slice(-50).join('\n')}`);
  return code as number | null;
}

/** The built API as a process of its own. */
export class LedgerProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  readonly output: string[] = [];
  url = '';

  private constructor(settings: LedgerEnvironment) {
    this.#child = spawn(process.execPath, [API], { env: environmentOf(settings), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#child, 'exit');
  }

  /** Starts it and waits until it listens; `ready: false` leaves it at that. */
  static async start(settings: LedgerEnvironment, { ready = true } = {}): Promise<LedgerProcess> {
    const ledger = new LedgerProcess(settings);
    await ledger.#listening();
    if (ready) await ledger.untilReady();
    return ledger;
  }

  async #listening(): Promise<void> {
    const { stderr, stdout } = this.#child;
    if (stdout === null || stderr === null) throw new Error('the child has no pipes');
    createInterface({ input: stderr }).on('line', (line) => this.output.push(line));
    const found = new Promise<void>((resolve, reject) => {
      createInterface({ input: stdout }).on('line', (line) => {
        this.output.push(line);
        const url = /Keyledger listens on (http:[^"\s]+)/.exec(line)?.[1];
        if (url === undefined) return;
        this.url = url;
        resolve();
      });
      void this.#exit.then(() => reject(new Error(`the API ended at once:\n${this.output.join('\n')}`)));
    });
    await found;
  }

  async untilReady(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE;
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`).catch((cause) => {
        throw new Error(`it went away:\n${this.output.join('\n')}`, { cause });
      });
      const body = await answer.text();
      if (answer.status === 200) return;
      if (Date.now() > deadline) throw new Error(`not ready: ${body}\n${this.output.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  client(key: string = ADMIN_KEY): ApiClient {
    return new ApiClient(() => this.url, key);
  }

  /** Lets it drain; its exit code. @throws Error when it does not end */
  stop(): Promise<number | null> {
    return terminated(this.#child, this.#exit, this.output);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built API until it ends by itself, for starts that must fail. */
export function runApi(settings: LedgerEnvironment): Promise<ProgramResult> {
  return run(API, [], settings);
}

/** Runs the `keyledger` command. */
export function runCli(args: readonly string[], settings: LedgerEnvironment): Promise<ProgramResult> {
  return run(CLI, args, settings);
}

/** Starts the `keyledger` command, to be killed; what it says beside its answer can be read. */
export function spawnCli(
  args: readonly string[],
  settings: LedgerEnvironment,
): ChildProcessByStdio<null, null, Readable> {
  return spawn(process.execPath, [CLI, ...args], {
    env: environmentOf(settings),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function run(program: string, args: readonly string[], settings: LedgerEnvironment): Promise<ProgramResult> {
  const child = spawn(process.execPath, [program, ...args], { env: environmentOf(settings) });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire has whatever form it has
  readonly body: any;
  readonly text: string;
}

/** A client with an API key. */
export class ApiClient {
  constructor(
    private readonly url: () => string,
    private readonly key: string,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('POST', path, body, headers);
  }

  /** `body` goes as JSON, a text as it is. */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(this.url() + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson =
      answer.headers.get('content-type')?.includes('json') === true &&
      !answer.headers.get('content-type')?.includes('ndjson');
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
      text,
    };
  }

  /** Asks once what was written is in the read models. @throws Error unless it is answered with 200 */
  async ask(path: string, after: Answer | string, headers: Record<string, string> = {}): Promise<Answer['body']> {
    const position = typeof after === 'string' ? after : (after.headers.get('keyledger-position') ?? '0');
    const answer = await this.get(path, { 'keyledger-min-position': position, prefer: 'wait=30', ...headers });
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    return answer.body ?? answer.text;
  }

  /** @throws Error unless the command is taken */
  async must(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.request(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }
}

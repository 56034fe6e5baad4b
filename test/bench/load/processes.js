import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);
export const ADMIN_KEY = 'the-admin-of-the-benchmarks';
/** Ticks of /proc a second, on every Linux that Node runs on. */
const TICKS = 100;

/** A server in a process of its own, which tells on stdout where it listens. */
export class ServerProcess {
  #child;
  url = '';

  /** @param {string} program path from the root of the project @param {NodeJS.ProcessEnv} environment */
  static async start(program, environment = {}, execArgv = []) {
    const server = new ServerProcess();
    const { PATH, HOME, TMPDIR, KEYLEDGER_BENCH_DIR } = process.env;
    const file = fileURLToPath(new URL(program, ROOT));
    server.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...execArgv, file], {
      env: { PATH, HOME, TMPDIR, KEYLEDGER_BENCH_DIR, NODE_ENV: 'production', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: server.#child.stdout });
    server.url = await new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const url = /listen(?:ing|s) on (http:[^"\s]+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
      server.#child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    });
    return server;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Processor time so far, in microseconds, all threads. */
  cpuTime() {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS;
  }

  async stop() {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

/** The product's API. @param {NodeJS.ProcessEnv} environment */
export async function startApi(folder, environment = {}, execArgv = []) {
  const settings = { KEYLEDGER_DATA_DIR: folder, KEYLEDGER_ADMIN_KEY: ADMIN_KEY, PORT: '0', ...environment };
  const api = await ServerProcess.start('dist/programs/api.js', settings, execArgv);
  for (;;) {
    const answer = await fetch(`${api.url}/health/live`);
    await answer.text();
    const opened = await fetch(`${api.url}/v1/api-keys`, { headers: { Authorization: `Bearer ${ADMIN_KEY}` } });
    await opened.text();
    if (opened.status === 200) return api;
    await setTimeout(50);
  }
}

/** A key as clients have them. */
export async function clientKey(url, role) {
  const answer = await fetch(`${url}/v1/api-keys`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'bench', role }),
  });
  const { key } = await answer.json();
  return key;
}

/** Waits until the read models are where the log ends, and questions are answered from them. */
export async function untilProjected(url, token) {
  const headers = { Authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(`${url}/v1/projections`, { headers });
    const body = await answer.json();
    if (answer.status !== 200) throw new Error(JSON.stringify(body));
    if (body.items.every(({ lag }) => lag.events === 0)) break;
    await setTimeout(200);
  }
  // Models that were made for the first time serve a moment after they are whole.
  for (;;) {
    const answer = await fetch(`${url}/v1/accounts?limit=1`, { headers });
    await answer.text();
    if (answer.status !== 503) return;
    await setTimeout(200);
  }
}

/** A process that makes load; it is asked and answers by messages. @param {string} program beside this file */
export class LoadProcess {
  #child;

  constructor(program) {
    this.#child = fork(new URL(program, import.meta.url));
  }

  /** @param {object} order @returns {Promise<any>} */
  async ask(order) {
    this.#child.send(order);
    const [answer] = await once(this.#child, 'message');
    return answer;
  }

  stop() {
    this.#child.disconnect();
  }
}

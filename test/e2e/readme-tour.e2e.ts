import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, embedded } from './backends.js';
import { ADMIN_KEY, LedgerProcess } from './ledger-process.js';

const SLOW = 60_000;
const README = join(import.meta.dirname, '..', '..', 'README.md');
/** Stands in the README where the ledger makes an id. */
const ANY = '…';

/** Commands of the tour, and the answers shown for them, if any. */
interface Step {
  readonly commands: string;
  readonly shown: readonly unknown[];
}

function steps(): Step[] {
  const [, tour = ''] = /\n## Five minutes\n(.*?)\n## /s.exec(readFileSync(README, 'utf8')) ?? [];
  const blocks = [...tour.matchAll(/```sh\n(.*?)```(?:\s*```json\n(.*?)```)?/gs)];
  return blocks.map(([, commands = '', shown = '']) => ({ commands, shown: jsonTexts(shown) }));
}

/** Several JSON texts, one after the other. */
function jsonTexts(text: string): unknown[] {
  const texts: unknown[] = [];
  let whole = '';
  for (const line of text.split('\n')) {
    whole += `${line}\n`;
    if (line.trimEnd().endsWith('}') && /^\S/.test(line)) {
      texts.push(JSON.parse(whole));
      whole = '';
    }
  }
  return texts;
}

/** What is shown as a pattern: members may be left out, lists are whole. */
function pattern(shown: unknown): unknown {
  if (shown === ANY) return expect.any(String);
  if (Array.isArray(shown)) return shown.map((each) => expect.objectContaining(pattern(each) as object));
  if (typeof shown !== 'object' || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, nested(value)]));
}

function nested(value: unknown): unknown {
  const made = pattern(value);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? expect.objectContaining(made as object)
    : made;
}

let backend: Backend;
let ledger: LedgerProcess;

beforeAll(async () => {
  backend = await embedded.open();
  ledger = await LedgerProcess.start(backend.environment);
}, SLOW);
afterAll(async () => {
  await ledger.stop();
  await backend.close();
}, SLOW);

it(
  'prints what the README shows',
  () => {
    // As if the newcomer stood in the project's folder.
    mkdirSync(join(backend.folder, 'data'), { recursive: true });
    writeFileSync(join(backend.folder, 'data', 'admin.key'), `${ADMIN_KEY}\n`);
    const tour = steps();
    expect(tour.length).toBeGreaterThan(8);
    let before = '';
    for (const { commands, shown } of tour) {
      const here = commands.replaceAll('http://127.0.0.1:3000', ledger.url);
      if (shown.length === 0) {
        before += here;
        continue;
      }
      // A mark between answers: each api call prints one line of JSON without an end of line.
      const script = `set -e\n${before}${here.replace(/^(api |cat )/gm, 'echo; $1')}`;
      const printed = execFileSync('bash', ['-c', script], { cwd: backend.folder, encoding: 'utf8' });
      const answers = printed.split('\n').filter((line) => line !== '');
      expect(answers.slice(-shown.length).map((line) => JSON.parse(line))).toEqual(
        shown.map((each) => expect.objectContaining(pattern(each) as object)),
      );
    }
  },
  SLOW,
);

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { DropWhen } from './drop-plan.js';
import { EventStoreDbStandIn } from './event-store-db-stand-in.js';

/**
 * The stand-in as a process of its own. `npm run build`, then
 * `node dist/test/eventstoredb-stand-in/main.js [--port 0] [--file log] [--drop-before 0.1] [--drop-after 0.1]`.
 * It prints one line, `{"port":…,"url":…}`, and takes these lines on its input:
 * `drop before-append|after-append next 3`, `drop before-append|after-append share 0.1`, `keep`, `cut`, `freeze`, `thaw`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    'drop-before': { type: 'string', default: '0' },
    'drop-after': { type: 'string', default: '0' },
  },
});

const standIn = await EventStoreDbStandIn.start({ port: Number(values.port), file: values.file });
standIn.dropConnections({ when: 'before-append', share: Number(values['drop-before']) });
standIn.dropConnections({ when: 'after-append', share: Number(values['drop-after']) });

const COMMANDS: Readonly<Record<string, (words: readonly string[]) => void>> = {
  drop: ([when, kind, number]) => {
    const amount = Number(number);
    const moment: DropWhen = when === 'before-append' ? when : 'after-append';
    standIn.dropConnections(kind === 'next' ? { when: moment, next: amount } : { when: moment, share: amount });
  },
  keep: () => standIn.keepConnections(),
  cut: () => standIn.cutConnections(),
  freeze: () => standIn.freeze(),
  thaw: () => standIn.thaw(),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const [command = '', ...words] = line.trim().split(/\s+/);
  const run = COMMANDS[command];
  if (run) run(words);
  else process.stderr.write(`unknown command: ${line}\n`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    standIn.kill().then(() => process.exit(0));
  });
}

process.stdout.write(`${JSON.stringify({ port: standIn.port, url: standIn.url })}\n`);

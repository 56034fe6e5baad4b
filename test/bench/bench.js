import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, table } from './report.js';

/**
 * `npm run bench` runs all workloads, `npm run bench -- W2 W6` some. Each has a process of its own, and one follows the
 * other: what is compared is measured in one process's lifetime, rounds interleaved.
 *
 * --quick: a tenth of the data and short rounds, to see that everything works; its ratios mean little.
 * --huge: also what takes hours: logs of 10^7 events.
 * --rounds N (3), --seconds S (4): of each contestant.
 */

const WORKLOADS = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'COLD'];
const PROGRAMS = {
  W1: './workloads/w1-commands.js',
  W2: './workloads/w2-http.js',
  W3: './workloads/w3-w5-eventstoredb.js',
  W4: './workloads/w4-rebuild.js',
  W5: './workloads/w3-w5-eventstoredb.js',
  W6: './workloads/w6-ranking.js',
  W7: './workloads/w7-freshness.js',
  W8: './workloads/w8-queries.js',
  W9: './workloads/w9-import.js',
  COLD: './workloads/cold-account.js',
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    huge: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string' },
    child: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const options = {
  quick: values.quick,
  huge: values.huge,
  rounds: Number(values.rounds),
  seconds: Number(values.seconds ?? (values.quick ? 1 : 4)),
};

if (values.child !== undefined) {
  const { run } = await import(PROGRAMS[values.child]);
  const result = await run(options, values.child);
  process.send(result, () => process.exit(0));
} else {
  process.exitCode = await runAll(positionals.length > 0 ? positionals.map((name) => name.toUpperCase()) : WORKLOADS);
}

async function runAll(names) {
  const unknown = names.find((name) => !WORKLOADS.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`bench: there is no workload "${unknown}"; there are ${WORKLOADS.join(', ')}.\n`);
    return 2;
  }
  if (!existsSync(new URL('../../dist/programs/api.js', import.meta.url))) {
    process.stderr.write('bench: build the product first: npm run build.\n');
    return 2;
  }
  const results = [];
  for (const name of names) {
    process.stderr.write(`— ${name}\n`);
    results.push(await runOne(name));
    // What was measured is not lost when a later one is stopped.
    process.stderr.write(`${table(results.slice(-1))}\n`);
  }
  process.stdout.write(
    values.json ? `${JSON.stringify(results, null, 2)}\n` : `${machine(options)}\n\n${table(results)}`,
  );
  return results.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

async function runOne(name) {
  const args = process.argv.slice(2).filter((arg) => arg.startsWith('--') && arg !== '--json');
  const flags = ['--rounds', String(options.rounds), '--seconds', String(options.seconds)];
  const kept = args.filter((arg) => arg === '--quick' || arg === '--huge');
  const child = fork(new URL(import.meta.url), ['--child', name, ...kept, ...flags], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=8192'],
  });
  let result;
  child.on('message', (message) => {
    result = message;
  });
  const [code] = await once(child, 'exit');
  return result ?? { rows: [], notes: [], failure: `${name} ended with ${code} and without a result` };
}

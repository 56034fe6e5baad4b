import { fork } from 'node:child_process';
import { once } from 'node:events';
import { storedLog } from '../data/stored-log.js';
import { exponent, median } from '../measuring.js';
import { peerProjectionRate } from '../peers/emmett-projection.js';
import { atLeast, atMost } from '../report.js';

/** W4: read models are built anew from an embedded log; a) one projection, b) every read model of the product. */

const MEMORY = 600;

export async function run({ quick, rounds }) {
  const [events, accounts] = quick ? [50_000, 2_000] : [500_000, 20_000];
  const folder = await storedLog(events, accounts);
  const measured = { limit: [], one: [], all: [] };
  // The first reading brings the file into the system's cache.
  await rebuild(folder, 'limit');
  for (let round = 0; round < rounds; round++) {
    for (const what of Object.keys(measured)) measured[what].push(await rebuild(folder, what));
  }
  const of = (what, key) => median(measured[what].map((each) => each[key]));
  const other = await peerProjectionRate(quick ? 2_000 : 10_000);
  const limit = of('limit', 'rate');
  const row = (workload, what, bound) => ({
    workload,
    unit: 'events/s',
    ours: of(what, 'rate'),
    limit,
    ...(what === 'one' ? { peer: other ?? 'peer not runnable here' } : {}),
    targets: [atLeast('× limit', of(what, 'rate') / limit, bound)],
  });
  const memory = of('all', 'memory');
  const fewer = await rebuild(await storedLog(events / 5, accounts), 'all');
  return {
    rows: [
      row('W4a rebuild, one projection', 'one', 0.45),
      row('W4b rebuild, all read models', 'all', 0.2),
      { workload: 'W4b greatest memory', unit: 'MB', ours: memory, targets: [atMost('MB', memory, MEMORY)] },
    ],
    notes: [
      `W4 processor time an event: one projection ${of('one', 'cpu').toFixed(1)} µs, all ${of('all', 'cpu').toFixed(1)} µs, limit ${of('limit', 'cpu').toFixed(1)} µs.`,
      `W4b time ∝ events^${exponentOf(measured.all).toFixed(2)} (target: 1, from the progress of each rebuild); with a fifth of the events of the same ${accounts} accounts ${fewer.memory.toFixed(0)} MB instead of ${memory.toFixed(0)} MB.`,
    ],
  };
}

/** Of the time a rebuild took until it was so far, without its beginning. */
function exponentOf(rebuilds) {
  const exponents = rebuilds.map(({ progress }) => {
    const last = progress.at(-1)[0];
    const points = progress.filter(([position]) => position > last / 10);
    return points.length < 2 ? Number.NaN : exponent(points);
  });
  return median(exponents);
}

async function rebuild(folder, what) {
  const child = fork(new URL('./rebuild.js', import.meta.url), { execArgv: [] });
  child.send({ folder, what });
  const [answer] = await once(child, 'message');
  if (child.exitCode === null) await once(child, 'exit');
  return answer;
}

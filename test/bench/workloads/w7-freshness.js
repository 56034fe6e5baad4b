import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { storedLog } from '../data/stored-log.js';
import { temporaryFolder } from '../folders.js';
import { clientKey, LoadProcess, startApi, untilProjected } from '../load/processes.js';
import { median } from '../measuring.js';
import { atMost } from '../report.js';

/** W7: from a command's answer until the ranking shows it, at 500 commands a second on 20,000 accounts. */

const RATE = 500;

export async function run({ quick, rounds, seconds }) {
  const [events, accounts] = quick ? [50_000, 2_000] : [200_000, 20_000];
  const folder = join(temporaryFolder(), 'ledger');
  cpSync(await storedLog(events, accounts), folder, { recursive: true });
  const api = await startApi(folder);
  const token = await clientKey(api.url, 'admin');
  await untilProjected(api.url, token);
  const load = new LoadProcess('./freshness-load.js');
  const order = { url: api.url, token, accounts, rate: RATE, seconds: 2 * seconds };
  await load.ask(order);
  const measured = [];
  for (let round = 0; round < rounds; round++) measured.push(await load.ask(order));
  load.stop();
  await api.stop();
  const of = (key) => median(measured.map((each) => each[key]));
  const failure = measured.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
  return {
    rows: [
      { workload: 'W7 freshness p50', unit: 'ms', ours: of('p50'), targets: [atMost('ms', of('p50'), 50)] },
      { workload: 'W7 freshness p99', unit: 'ms', ours: of('p99'), targets: [atMost('ms', of('p99'), 250)] },
    ],
    notes: [
      `W7 ${of('commands').toFixed(0)} of ${RATE} commands/s were answered, p99 ${of('commandP99').toFixed(0)} ms; ${of('probes')} looks a round; ${of('failed')} failed${failure === undefined ? '' : ` (${failure})`}.`,
    ],
  };
}

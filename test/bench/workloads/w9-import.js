import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { openLedger } from '#ledger';
import { readConfig } from '#platform';
import { temporaryFolder } from '../folders.js';
import { median } from '../measuring.js';
import { atLeast } from '../report.js';

/** W9: the Online Retail file by the command line into an empty embedded ledger, read models current at the end. */

const ROOT = new URL('../../../', import.meta.url);
const DATA = process.env.KEYLEDGER_SHARED_DATA ?? fileURLToPath(new URL('../shared/data', ROOT));
const FILE = join(DATA, 'online-retail', 'online_retail_2010-12_2011-12.csv.gz');
const LINES = 541_909;
const BATCH = 500;

export async function run({ rounds }) {
  if (!existsSync(FILE)) return { rows: [], notes: [`W9 NOT RUN: there is no ${FILE} (set KEYLEDGER_SHARED_DATA).`] };
  const ours = [];
  const limits = [];
  for (let round = 0; round < rounds; round++) {
    const folder = join(temporaryFolder(), 'ledger');
    ours.push(await importFile(folder));
    limits.push(appendInBatches(join(folder, 'events.db'), join(temporaryFolder(), 'limit.db')));
  }
  const of = (key) => median(ours.map((each) => each[key]));
  const limit = median(limits.map(({ seconds }) => seconds));
  return {
    rows: [
      {
        workload: 'W9 import, read models current',
        unit: 's',
        ours: of('seconds'),
        limit,
        targets: [atLeast('× limit', limit / of('seconds'), 0.3)],
      },
    ],
    notes: [
      `W9 ${LINES} lines became ${limits[0].events} events; the command took ${of('importing').toFixed(1)} s, the read models ${of('projecting').toFixed(1)} s more; greatest memory of the command ${of('memory').toFixed(0)} MB.`,
    ],
  };
}

async function importFile(folder) {
  const environment = { KEYLEDGER_DATA_DIR: folder, KEYLEDGER_BASE_CURRENCY: 'GBP' };
  const begin = performance.now();
  const { code, memory } = await runImport(environment);
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  const importing = (performance.now() - begin) / 1_000;
  const ledger = await openLedger(readConfig(environment));
  await ledger.projectUpToDate();
  await ledger.close();
  const seconds = (performance.now() - begin) / 1_000;
  return { seconds, importing, projecting: seconds - importing, memory };
}

async function runImport(environment) {
  const map = fileURLToPath(new URL('samples/online-retail.map.json', ROOT));
  const program = fileURLToPath(new URL('dist/programs/keyledger.js', ROOT));
  const args = [program, 'import', FILE, '--kind', 'orders', '--map', map, '--json'];
  // GNU time tells the greatest memory; where it is missing the import is measured without.
  const measured = existsSync('/usr/bin/time');
  const child = spawn(
    measured ? '/usr/bin/time' : process.execPath,
    [...(measured ? ['-f', 'maxrss %M', process.execPath] : []), ...args],
    {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  const [code] = await once(child, 'exit');
  return { code, memory: Number(/maxrss ([0-9]+)/.exec(told)?.[1] ?? Number.NaN) / 1_024 };
}

/** The same events, read before, by a prepared insert with `synchronous=FULL` and a commit every 500. */
function appendInBatches(source, file) {
  const from = new DatabaseSync(source, { readOnly: true, returnArrays: true });
  const events = from.prepare('SELECT stream, revision, type, id, data, metadata FROM events ORDER BY position').all();
  from.close();
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE events (
      position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, type INTEGER NOT NULL,
      id TEXT NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL, UNIQUE (stream, revision)
    ) STRICT`);
  const insert = database.prepare(
    'INSERT INTO events (stream, revision, type, id, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const begin = performance.now();
  for (let start = 0; start < events.length; start += BATCH) {
    database.exec('BEGIN IMMEDIATE');
    for (const event of events.slice(start, start + BATCH)) insert.run(...event);
    database.exec('COMMIT');
  }
  const seconds = (performance.now() - begin) / 1_000;
  database.close();
  return { seconds, events: events.length };
}

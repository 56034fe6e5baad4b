import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { accountName, randomNumbers } from '../data/log.js';
import { storedLog } from '../data/stored-log.js';
import { temporaryFolder } from '../folders.js';
import { KeepAliveConnection, requestText } from '../load/keep-alive-connection.js';
import { clientKey, startApi, untilProjected } from '../load/processes.js';
import { percentile } from '../measuring.js';
import { atMost } from '../report.js';

/** W8: queries over HTTP, one at a time, on 100,000 accounts with 5,000,000 events. */

/** A server is warm when its code is compiled, which takes hundreds of answers; the 99th percentile needs more of them than that. */
const WARM = 300;
const ASKED = 1_000;
const PAST_DATES = 12;
/** What the way there and back costs by itself, at a moment as noisy as the others'. */
const NOTHING = 'nothing';
const PAST_DATE_LIMIT = 1_500;

export async function run({ quick }) {
  // A tenth of the accounts, then of the events: what a growth shows on one of them is its own.
  const sizes = quick
    ? [
        [20_000, 2_000],
        [100_000, 2_000],
        [100_000, 10_000],
      ]
    : [
        [500_000, 10_000],
        [500_000, 100_000],
        [5_000_000, 100_000],
      ];
  const measured = [];
  for (const [events, accounts] of sizes) measured.push(await measure(events, accounts));
  const { limit, queries, past, rebuilt } = measured.at(-1);
  const { [NOTHING]: http, ...asked } = queries;
  const bound = 3 * limit + 2;
  return {
    rows: [
      ...Object.entries(asked).map(([name, { p99 }]) => ({
        workload: `W8 ${name}, p99`,
        unit: 'ms',
        ours: p99,
        limit,
        targets: [atMost('ms', p99, bound)],
      })),
      {
        workload: 'W8 ranking as of a past date',
        unit: 'ms',
        ours: past,
        targets: [atMost('ms', past, PAST_DATE_LIMIT)],
      },
    ],
    notes: [
      `W8 the limit is one indexed read of a row of the read store, p99; the bound is 3 × limit + 2 ms. An answer without any query takes ${http.p50.toFixed(2)} ms, p99 ${http.p99.toFixed(2)} ms, of this machine. Read models of ${sizes.at(-1)[0].toLocaleString('en-US')} events were built in ${rebuilt.toFixed(0)} s.`,
      ...Object.keys(queries).map((name) => `W8 ${name}: ${growth(name, sizes, measured)}`),
      `W8 ranking as of a past date: ${sizes.map(([events, accounts], place) => `${measured[place].past.toFixed(0)} ms at ${of(events, accounts)}`).join(', ')}.`,
    ],
  };
}

const of = (events, accounts) => `${events.toExponential(0)} events of ${accounts.toExponential(0)} accounts`;

function growth(name, sizes, measured) {
  return `p50/p99 ${sizes.map(([events, accounts], place) => `${measured[place].queries[name].p50.toFixed(2)}/${measured[place].queries[name].p99.toFixed(2)} ms at ${of(events, accounts)}`).join(', ')}.`;
}

async function measure(events, accounts) {
  const folder = join(temporaryFolder(), 'ledger');
  cpSync(await storedLog(events, accounts), folder, { recursive: true });
  const begin = performance.now();
  const api = await startApi(folder);
  const token = await clientKey(api.url, 'admin');
  await untilProjected(api.url, token);
  const rebuilt = (performance.now() - begin) / 1_000;
  const ask = asking(api.url, token);
  const random = randomNumbers(3);
  const account = () => accountName(Math.floor(accounts * random() ** 1.5));
  const regions = ['North', 'East', 'South', 'West'];
  const questions = {
    'ranking page': () => `/v1/key-accounts?limit=50`,
    portrait: () => `/v1/accounts/${account()}`,
    'newest page of a history': () => `/v1/accounts/${account()}/events?limit=50`,
    'trend by account': () => `/v1/satisfaction-trends?metric=csat&accountId=${account()}`,
    [NOTHING]: () => '/health/live',
    'trend by region': () => `/v1/satisfaction-trends?metric=csat&region=${regions[Math.floor(random() * 4)]}`,
  };
  const queries = {};
  for (const [name, question] of Object.entries(questions)) {
    for (let warm = 0; warm < WARM; warm++) await ask(question());
    const latencies = [];
    for (let number = 0; number < ASKED; number++) latencies.push(await ask(question()));
    queries[name] = { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  }
  const dates = Array.from({ length: PAST_DATES }, (_, month) => `2024-${String(month + 1).padStart(2, '0')}-17`);
  const past = [];
  for (const date of dates) past.push(await ask(`/v1/key-accounts?limit=50&asOf=${date}`));
  await api.stop();
  return { limit: indexedRead(join(folder, 'read-models.db'), account), queries, past: percentile(past, 0.5), rebuilt };
}

/** @returns a function that asks and gives the milliseconds it took */
function asking(url, token) {
  const target = new URL(url);
  const connection = new KeepAliveConnection(target);
  return async (path) => {
    const text = requestText('GET', path, target.host, { Authorization: `Bearer ${token}` });
    const begin = performance.now();
    const { status, body } = await connection.send(text);
    if (status !== 200) throw new Error(`${path}: ${status} ${body.slice(0, 300)}`);
    return performance.now() - begin;
  };
}

function indexedRead(file, account) {
  const database = new DatabaseSync(file, { readOnly: true });
  const [{ name }] = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'accounts_v*'")
    .all();
  const row = database.prepare(`SELECT * FROM ${name} WHERE "accountId" = ?`);
  const latencies = [];
  for (let number = 0; number < WARM + ASKED; number++) {
    const accountId = account();
    const begin = performance.now();
    if (row.get(accountId) === undefined) throw new Error(`there is no ${accountId}`);
    latencies.push(performance.now() - begin);
  }
  database.close();
  return percentile(latencies.slice(WARM), 0.99);
}

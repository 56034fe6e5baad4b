import { randomNumbers } from '../data/log.js';
import { rankColumns } from '../limits/rank-columns.js';
import { exponent, interleaved } from '../measuring.js';
import { atMost } from '../report.js';

/** W6: cut points, weighted scores, ranks and tiers of n accounts by ten criteria. */

// The pure function behind a ranking: no library entry offers it, and nothing but this looks at it from outside.
const SCORING = '../../../dist/libs/classification/src/scoring/evaluate-policy.js';
const CRITERIA = 10;
const BINS = 10;
const TOP = 100;

export async function run({ quick, rounds }) {
  const { evaluatePolicy } = await import(SCORING);
  const sizes = quick ? [10_000, 30_000, 100_000] : [30_000, 100_000, 300_000, 1_000_000];
  const rows = [];
  const points = [];
  for (const size of sizes) {
    const { policy, population, columns, weights } = made(size);
    const contestants = {
      ours: async () => ({ ms: timed(() => evaluatePolicy(policy, population)) }),
      limit: async () => ({ ms: timed(() => rankColumns(columns, weights, BINS, TOP)) }),
    };
    for (const warm of Object.values(contestants)) await warm();
    const { ours, limit } = await interleaved(Math.max(5, rounds), contestants);
    points.push([size, ours.ms]);
    if (size === 100_000 || size === 1_000_000) {
      rows.push({
        workload: `W6 ranking ${size.toLocaleString('en-US')} accounts`,
        unit: 'ms',
        ours: ours.ms,
        limit: limit.ms,
        targets: [atMost('× limit', ours.ms / limit.ms, 2.5)],
      });
    }
  }
  return {
    rows,
    notes: [
      `W6 time ∝ accounts^${exponent(points).toFixed(2)} from ${sizes[0].toLocaleString('en-US')} to ${sizes.at(-1).toLocaleString('en-US')} accounts (n log n: 1.1).`,
    ],
  };
}

/** Nine columns of doubles and revenue in micros, as the read models give them. */
function made(size) {
  const random = randomNumbers(7);
  const accountIds = Array.from({ length: size }, (_, number) => `a${String(number).padStart(7, '0')}`);
  const names = Array.from({ length: CRITERIA }, (_, number) => (number === 0 ? 'revenue' : `metric${number}`));
  const columns = names.map(() => Float64Array.from({ length: size }, () => Math.round(1e6 * random() ** 3)));
  const byName = new Map(
    names.map((name, number) => [
      name,
      Array.from(columns[number], (value) => (number === 0 ? BigInt(value) * 1_000_000n : value)),
    ]),
  );
  const weights = names.map((_, number) => number + 1);
  const policy = {
    name: 'Ten criteria',
    windowMonths: 12,
    gates: [],
    criteria: names.map((metric, number) => ({
      key: metric,
      metric,
      weight: weights[number],
      missing: 'exclude',
      scale: { type: 'quantile', bins: BINS },
    })),
    minCoverage: 0,
    selection: { top: TOP, requireGates: false },
    tiers: [{ tier: 'key', selected: true }, { tier: 'potential', minScore: 7 }, { tier: 'regular' }],
  };
  return { policy, population: { accountIds, column: (name) => byName.get(name) }, columns, weights };
}

function timed(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

/** Numbers of one run, and what is made of them. */

/** @param {readonly number[]} values not empty */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which a share of the values lies. @param {readonly number[] | Float64Array} values not empty */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * Runs the contestants in turn, round after round, so that a noisy minute falls on all of them; the order turns round
 * with every round, so that none always follows the same other one.
 * @param {Readonly<Record<string, () => Promise<Record<string, number>>>>} contestants measure one round each
 * @returns the median of each number of each contestant
 */
export async function interleaved(rounds, contestants) {
  const measured = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(contestants);
    if (round % 2 === 1) names.reverse();
    for (const name of names) measured[name].push(await contestants[name]());
  }
  return Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, medians(all)]));
}

function medians(all) {
  return Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((each) => each[key]))]));
}

/**
 * The exponent b of y = a x^b by least squares on logarithms: 0 is flat, 1 linear.
 * @param {readonly (readonly [x: number, y: number])[]} points at least two
 */
export function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (place) => logs.reduce((sum, each) => sum + each[place], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/**
 * Keeps `width` pieces of work in flight until the time is over.
 * @param {(number: number) => Promise<unknown>} work gets 0, 1, 2, …
 * @returns pieces a second, processor microseconds of this process a piece, and failed pieces
 */
export async function rateInFlight(width, seconds, work) {
  let started = 0;
  let failed = 0;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (performance.now() < end) {
        try {
          await work(started++);
        } catch (error) {
          if (failed++ === 0) process.stderr.write(`failed: ${error}\n`);
        }
      }
    }),
  );
  const elapsed = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { rate: (started - failed) / elapsed, cpu: (user + system) / started, failed };
}

/** So many pieces of work, `width` of them in flight. */
export async function eachInFlight(width, count, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

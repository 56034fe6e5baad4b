/**
 * The limit of W6: what must be done to rank n accounts by quantile criteria, in typed arrays: each column's cuts by
 * quickselect, points, weighted sums, the order by counting sort on the score, ranks and tiers.
 */

const RANGES = 65_536;

/** @param {readonly Float64Array[]} columns @param {readonly number[]} weights @param {number} bins @param {number} top */
export function rankColumns(columns, weights, bins, top) {
  const size = columns[0].length;
  const scores = new Float64Array(size);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  for (let number = 0; number < columns.length; number++) {
    addPoints(scores, columns[number], bins, weights[number] / whole);
  }
  const order = countingSort(scores);
  const ranks = new Uint32Array(size);
  const tiers = new Uint8Array(size);
  for (let place = 0; place < size; place++) {
    const account = order[place];
    ranks[account] = place + 1;
    tiers[account] = place < top ? 0 : scores[account] >= 7 ? 1 : 2;
  }
  return { scores, ranks, tiers };
}

function addPoints(scores, column, bins, weight) {
  const values = column.slice();
  const cuts = new Float64Array(bins - 1);
  let from = 0;
  for (let cut = 1; cut < bins; cut++) {
    const place = Math.floor(((values.length - 1) * cut) / bins);
    select(values, from, values.length - 1, place);
    cuts[cut - 1] = values[place];
    from = place;
  }
  const step = (9 * weight) / (bins - 1);
  for (let account = 0; account < column.length; account++) {
    const value = column[account];
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cuts[middle] < value) low = middle + 1;
      else high = middle;
    }
    scores[account] += weight + step * low;
  }
}

/** Quickselect: the value of that place of the ascending order is put there. */
function select(values, first, last, place) {
  let [low, high] = [first, last];
  while (low < high) {
    const pivot = values[(low + high) >>> 1];
    let left = low - 1;
    let right = high + 1;
    for (;;) {
      do left++;
      while (values[left] < pivot);
      do right--;
      while (values[right] > pivot);
      if (left >= right) break;
      const value = values[left];
      values[left] = values[right];
      values[right] = value;
    }
    if (place <= right) high = right;
    else low = right + 1;
  }
}

/** Best first. */
function countingSort(scores) {
  const ends = new Uint32Array(RANGES + 1);
  const range = (score) => RANGES - 1 - Math.floor(((score - 1) / 9) * (RANGES - 1));
  for (let account = 0; account < scores.length; account++) ends[range(scores[account]) + 1]++;
  for (let each = 1; each <= RANGES; each++) ends[each] += ends[each - 1];
  const order = new Uint32Array(scores.length);
  for (let account = 0; account < scores.length; account++) order[ends[range(scores[account])]++] = account;
  return order;
}

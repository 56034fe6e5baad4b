/** Ranges as short as this are sorted outright. */
const SHORT = 256;

/**
 * Puts the values of some places of the ascending order where a full sort would put them; the other values are
 * anywhere between them. So much less work than a sort as there are fewer places.
 * @param places ascending, each below the length; values have no NaN among them
 */
export function placeInOrder(values: Float64Array, places: readonly number[]): void {
  const depth = 2 * Math.ceil(Math.log2(values.length + 1));
  partition(values, 0, values.length, places, 0, places.length, depth);
}

/** Quicksort of `values[low … high)` that leaves parts alone in which none of `places[from … to)` lies. */
function partition(
  values: Float64Array,
  low: number,
  high: number,
  places: readonly number[],
  from: number,
  to: number,
  depth: number,
): void {
  if (from >= to) return;
  // Too deep: the pivots were unlucky, and the engine's own sort is not.
  if (high - low <= SHORT || depth === 0) {
    values.subarray(low, high).sort();
    return;
  }
  const split = hoare(values, low, high);
  let between = from;
  while (between < to && places[between]! < split) between++;
  partition(values, low, split, places, from, between, depth - 1);
  partition(values, split, high, places, between, to, depth - 1);
}

/** Hoare's partition around the middle value: none before the place returned is above any behind it; neither part is empty. */
function hoare(values: Float64Array, low: number, high: number): number {
  const pivot = values[(low + high - 1) >>> 1]!;
  let left = low - 1;
  let right = high;
  for (;;) {
    do left++;
    while (values[left]! < pivot);
    do right--;
    while (values[right]! > pivot);
    if (left >= right) return right + 1;
    const value = values[left]!;
    values[left] = values[right]!;
    values[right] = value;
  }
}

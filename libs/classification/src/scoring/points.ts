import { microsToNumber } from '#money';
import type { Scale } from '../classification.events.js';
import { ceilMicros, exactDecimal } from './exact-decimal.js';
import { comparableNumbers, compareValues, type MetricColumn } from './metric-column.js';
import { placeInOrder } from './order-statistics.js';

type Value = bigint | number;

/** The points, 1 to 10, of every value of a column on a scale; NaN where there is no value. Formulas.md, "Score, rank, tier". */
export function pointsOf(scale: Scale, column: MetricColumn): Float64Array {
  switch (scale.type) {
    case 'bands':
      return mapped(column, bandPoints(scale.bounds));
    case 'quantile':
      return quantilePoints(column, scale.bins);
    case 'linear':
      return mapped(column, (value) => linearPoints(value, scale.min, scale.max));
    case 'judgement':
      return mapped(column, Number);
  }
}

/** 1-based index of the highest bound reached; below the first, 1. Money is compared exactly, in micros. */
function bandPoints(bounds: readonly number[]): (value: Value) => number {
  const inMicros = bounds.map((bound) => ceilMicros(exactDecimal(bound)));
  return (value) => {
    const reachable: readonly Value[] = typeof value === 'bigint' ? inMicros : bounds;
    let reached = 0;
    while (reached < reachable.length && value >= reachable[reached]!) reached++;
    return Math.max(1, reached);
  };
}

function linearPoints(value: Value, min: number, max: number): number {
  const number = typeof value === 'bigint' ? microsToNumber(value) : value;
  return Math.min(10, Math.max(1, 1 + (9 * (number - min)) / (max - min)));
}

/** Bin k of n gives 1 + 9 (k − 1)/(n − 1); k = 1 + the number of cuts below the value. */
function quantilePoints(column: MetricColumn, bins: number): Float64Array {
  const pointsOfBin = Float64Array.from({ length: bins }, (_, below) => 1 + (9 * below) / (bins - 1));
  const numbers = comparableNumbers(column);
  if (numbers === undefined) {
    const sorted = column.filter((value) => value !== null).sort(compareValues);
    const bounds = quantilePlaces(sorted.length, bins).map((place) => sorted[place]!);
    return mapped(column, (value) => pointsOfBin[countBelow(bounds, value)]!);
  }
  const present = withoutNaN(numbers);
  const places = quantilePlaces(present.length, bins);
  placeInOrder(present, places);
  const bounds = Float64Array.from(places, (place) => present[place]!);
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index]!;
    if (!Number.isNaN(value)) numbers[index] = pointsOfBin[countNumbersBelow(bounds, value)]!;
  }
  return numbers;
}

/**
 * For each of the n − 1 type-7 cuts of a population of N values, the place j in its ascending order of the greatest value
 * that is not above the cut, x[j].
 *
 * The cut at k/n is x[j] + (r/n)(x[j+1] − x[j]), where (N − 1) k = j n + r in integers. A value *of the population* is
 * above it exactly when it is above x[j]: if x[j] < x[j+1], the cut lies in [x[j], x[j+1]), where there is no other value;
 * if they are equal, the cut equals them. So bins need no interpolation, and no rounding can flip one.
 */
export function quantilePlaces(size: number, bins: number): number[] {
  if (size === 0) return [];
  return Array.from({ length: bins - 1 }, (_, index) => {
    const product = (size - 1) * (index + 1);
    return (product - (product % bins)) / bins;
  });
}

/** How many of the ascending bounds are below the value. */
function countBelow(bounds: ArrayLike<Value>, value: Value): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same for doubles, in the innermost loop of a ranking. */
function countNumbersBelow(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withoutNaN(numbers: Float64Array): Float64Array {
  const present = new Float64Array(numbers.length);
  let size = 0;
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index]!;
    if (!Number.isNaN(value)) present[size++] = value;
  }
  return present.subarray(0, size);
}

function mapped(column: MetricColumn, points: (value: Value) => number): Float64Array {
  const all = new Float64Array(column.length);
  for (let index = 0; index < column.length; index++) {
    const value = column[index] ?? null;
    all[index] = value === null ? Number.NaN : points(value);
  }
  return all;
}

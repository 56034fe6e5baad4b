import type { Posting } from '../projection.js';
import type { Weighed } from './generation-cache.js';

/** The sums of everything on or before a day, as of the newest event in them. */
export interface Row {
  readonly day: number;
  position: bigint;
  /** In the order of the projection's totals. */
  readonly sums: bigint[];
}

const SUBJECT_SIZE = 200;
const ROW_SIZE = 120;
const SUM_SIZE = 32;

/** The running totals of one subject, by day. */
export class SubjectRows implements Weighed {
  weight = SUBJECT_SIZE;
  readonly rows: Row[] = [];
  /** So many rows from the first day on are written; a posting changes its day's row and all behind it. */
  #clean = 0;

  constructor(
    readonly subject: string,
    private readonly totals: readonly string[],
  ) {}

  get dirty(): number {
    return this.rows.length - this.#clean;
  }

  get dirtyRows(): readonly Row[] {
    return this.rows.slice(this.#clean);
  }

  get newestPosition(): bigint {
    return this.rows.reduce((newest, { position }) => (position > newest ? position : newest), 0n);
  }

  get size(): number {
    return SUBJECT_SIZE + this.rows.length * (ROW_SIZE + SUM_SIZE * this.totals.length);
  }

  /** Takes what is stored or as good as stored. */
  replace(rows: readonly Row[]): void {
    this.rows.splice(0, this.rows.length, ...rows);
    this.markClean();
  }

  markClean(): void {
    this.#clean = this.rows.length;
  }

  /** @param postings checked by {@link checkPostings} */
  add(postings: readonly Posting[], position: bigint): void {
    for (let index = 0; index < postings.length; index++) this.#post(postings[index] as Posting, position);
  }

  #post({ day, amounts }: Posting, position: bigint): void {
    const { rows } = this;
    const start = this.#indexOf(day);
    if (rows[start]?.day !== day) {
      const before = rows[start - 1];
      rows.splice(start, 0, { day, position, sums: before?.sums.slice() ?? this.totals.map(() => 0n) });
    }
    if (start < this.#clean) this.#clean = start;
    for (let index = start; index < rows.length; index++) {
      const row = rows[index] as Row;
      row.position = position;
      for (let total = 0; total < this.totals.length; total++) {
        const amount = amounts[this.totals[total] as string];
        if (amount !== undefined) row.sums[total] = (row.sums[total] as bigint) + amount;
      }
    }
  }

  /** Of the first row that is not before the day; most facts are of the last days. */
  #indexOf(day: number): number {
    const { rows } = this;
    let high = rows.length;
    if (high === 0 || (rows[high - 1] as Row).day < day) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows[middle] as Row).day < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @throws TypeError for a day that is no whole number, an amount that is no bigint, and one of a total that is not kept */
export function checkPostings(postings: readonly Posting[], totals: readonly string[]): void {
  for (let index = 0; index < postings.length; index++) {
    const { day, amounts } = postings[index] as Posting;
    if (!Number.isSafeInteger(day)) throw new TypeError(`not a day: ${day}`);
    for (const total in amounts) {
      if (!totals.includes(total)) throw new TypeError(`no total is called "${total}"`);
      if (typeof amounts[total] !== 'bigint') throw new TypeError(`the amount of "${total}" is no bigint`);
    }
  }
}

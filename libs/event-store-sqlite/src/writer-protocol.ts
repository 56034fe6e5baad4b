/** What passes between the threads. Flat lists of primitives: copying objects would cost more than writing their rows. */

export const NO_STREAM = -1;

/** One append: stream, expected revision or NO_STREAM, number of events, then id, type, data and metadata of each. */
export type AppendFields = (string | number)[];

/** A commit takes no more appends once it has so many, or so many characters of data and metadata; nor a request more characters. */
export const GROUP_APPENDS = 1_024;
export const GROUP_CHARACTERS = 4_000_000;

/** Several appends, one after the other. */
export interface AppendRequest {
  /** Number of appends. */
  readonly count: number;
  /** Characters of their data and metadata. */
  readonly characters: number;
  readonly fields: AppendFields;
}

/** The thread finishes what was asked before and ends. */
export const CLOSE = 'close';
export type WriterRequest = AppendRequest | typeof CLOSE;

export const CONFLICT = -1;

/** The log is open: from now on appends may be stored. */
export const READY = 'ready';

/** Answers to the oldest appends that have none yet, in the order in which they were asked. */
export type WriterReply =
  | typeof READY
  /** Last revision (or CONFLICT) and last position of each append. */
  | { readonly outcomes: number[] }
  /** The same failure for `count` of them. */
  | { readonly count: number; readonly failure: AppendFailure };

export interface AppendFailure {
  /** `unavailable`: nothing was stored · `unknown`: it may have been · `refused`: it cannot be stored, ever. */
  readonly kind: 'unavailable' | 'unknown' | 'refused';
  readonly message: string;
}

import type { ImportKind } from './import-forms.js';
import type { CellError } from './rows/source-row.js';

/** What is wrong with a row, or with the document it belongs to. */
export interface ImportError extends CellError {
  /** 1 is the first data row. */
  readonly row: number;
}

/** Why an import ended before its file did. */
export type StopReason =
  /** A document was rejected, and the import was to stop then. */
  | 'rejected'
  /** A row could not be read: the last of the errors says why. */
  | 'unreadable'
  /** Whoever started it called it off. */
  | 'interrupted'
  /** The ledger could not take more for now. */
  | 'failed';

export interface ImportCounts {
  /** Data rows read, those passed over by the map included. */
  readonly rows: number;
  readonly documents: {
    /** Recorded; in a dry run: without a fault that can be seen before recording. */
    readonly accepted: number;
    /** Known already, with the same content. */
    readonly skipped: number;
    readonly rejected: number;
  };
}

/** What became of an import. */
export interface ImportAnswer extends ImportCounts {
  readonly kind: ImportKind;
  readonly dryRun: boolean;
  /** Of the newest event of all documents accepted or skipped; null: there was none. */
  readonly position: string | null;
  /** The first 1,000, by row. */
  readonly errors: readonly ImportError[];
  /** Only there when the file was not read to its end. */
  readonly stopped?: StopReason;
}

const MAX_ERRORS = 1_000;

/** Counts an import as it goes. */
export class ImportTally {
  rows = 0;
  accepted = 0;
  skipped = 0;
  rejected = 0;
  #position: bigint | undefined;
  readonly #errors: ImportError[] = [];

  note(errors: readonly ImportError[]): void {
    for (const error of errors) if (this.#errors.length < MAX_ERRORS) this.#errors.push(error);
  }

  reached(position: bigint): void {
    if (this.#position === undefined || position > this.#position) this.#position = position;
  }

  counts(): ImportCounts {
    const { rows, accepted, skipped, rejected } = this;
    return { rows, documents: { accepted, skipped, rejected } };
  }

  answer(kind: ImportKind, dryRun: boolean, stopped: StopReason | undefined): ImportAnswer {
    return {
      kind,
      dryRun,
      ...this.counts(),
      position: this.#position === undefined ? null : String(this.#position),
      errors: this.#errors.toSorted((a, b) => a.row - b.row),
      ...(stopped !== undefined && { stopped }),
    };
  }
}

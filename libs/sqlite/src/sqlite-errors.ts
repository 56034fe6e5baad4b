import { StoreUnavailable } from '#event-sourcing';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that say something of the file, not of our SQL. */
export const RESULT_CODE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOLFS: 22,
  AUTH: 23,
  NOTADB: 26,
} as const;

/** What is wrong, after the name of the database as the subject ("The event log …"). */
const PREDICATES: Readonly<Record<number, string>> = {
  [RESULT_CODE.PERM]: 'may not be accessed: check the rights on the data folder.',
  [RESULT_CODE.BUSY]: 'is locked: another process held it for longer than the deadline.',
  [RESULT_CODE.LOCKED]: 'is locked: another connection held it for longer than the deadline.',
  [RESULT_CODE.NOMEM]: 'cannot be used: memory ran out.',
  [RESULT_CODE.READONLY]: 'cannot be written: its file or its folder is read-only.',
  [RESULT_CODE.IOERR]: 'cannot be read or written: the disk reported an error.',
  [RESULT_CODE.CORRUPT]: 'is damaged: restore it from a backup.',
  [RESULT_CODE.FULL]: 'cannot grow: the disk is full.',
  [RESULT_CODE.CANTOPEN]: 'cannot be opened: check that the data folder is there and may be written.',
  [RESULT_CODE.PROTOCOL]: 'is locked: too many processes opened it at once.',
  [RESULT_CODE.NOLFS]: 'cannot grow: the file system takes no larger files.',
  [RESULT_CODE.AUTH]: 'may not be accessed.',
  [RESULT_CODE.NOTADB]: 'is not a database: its file holds something else.',
};

/** The primary result code of an error thrown by the driver, or `undefined` for any other error. */
export function resultCode(error: unknown): number | undefined {
  // By form, not by class: the driver makes its errors in another realm when a test runner isolates modules.
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/**
 * The error to throw for one that the driver threw: StoreUnavailable, with a sentence for a person and the driver's
 * error as its cause, when the file is to blame; else the same error, for it is ours.
 * @param name what the database is called at the start of a sentence, such as `The event log`
 */
export function storeError(error: unknown, name: string): unknown {
  const predicate = PREDICATES[resultCode(error) ?? 0];
  return predicate === undefined ? error : new StoreUnavailable(`${name} ${predicate}`, { cause: error });
}

/** The sentence for what cannot be what was once written, though SQLite itself found nothing wrong with the file. */
export function damagedText(name: string): string {
  return `${name} ${PREDICATES[RESULT_CODE.CORRUPT]}`;
}

/** Does the work; an error of the driver becomes that of {@link storeError}. */
export function guarded<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, name);
  }
}

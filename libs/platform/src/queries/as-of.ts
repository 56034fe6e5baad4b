import { parseDate } from '#calendar';
import type { LedgerSettings } from '../ledger/ledger-settings.js';
import type { Reader } from './list.js';

/** The day number that a question is about: that of its date (`asOf`, `until`), else today in the ledger's zone. */
export function dayAskedFor(date: string | undefined, reader: Reader, { calendar }: LedgerSettings): number {
  return dayGiven(date) ?? calendar.dayOfText(reader.now);
}

/** The day number of a date that may be left out. */
export function dayGiven(date: string | undefined): number | undefined {
  return date === undefined ? undefined : parseDate(date);
}

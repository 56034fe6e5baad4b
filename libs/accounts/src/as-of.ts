import { parseDate } from '#calendar';
import type { LedgerSettings, Reader } from '#platform';

/** The day number that a question is about: that of its `asOf`, else today in the ledger's zone. */
export function dayAskedFor(asOf: string | undefined, reader: Reader, { calendar }: LedgerSettings): number {
  const today = calendar.dayOfText(reader.now);
  return asOf === undefined ? today : (parseDate(asOf) ?? today);
}

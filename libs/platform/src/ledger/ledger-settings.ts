import type { ZonedCalendar } from '#calendar';

/** What is stamped into a ledger when it is new and never changes: every fold may rely on it. */
export interface LedgerSettings {
  /** The calendar of the ledger's time zone. */
  readonly calendar: ZonedCalendar;
  /** ISO 4217 code of the currency of all sums. */
  readonly baseCurrency: string;
}

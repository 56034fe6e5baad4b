import type { ZonedCalendar } from '#calendar';

/** What is stamped into a ledger when it is new and never changes: every fold may rely on it. */
export interface LedgerSettings {
  /** The calendar of the ledger's time zone. */
  readonly calendar: ZonedCalendar;
  /** ISO 4217 code of the currency of all sums. */
  readonly baseCurrency: string;
  /**
   * `required`: a policy version needs another person's approval before publication; left out: `none`. Not stamped: it
   * may change from start to start, so decisions may look at it, folds may not.
   */
  readonly policyApproval?: 'none' | 'required';
}

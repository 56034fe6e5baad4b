/** A metric's value: an exact amount of money in micros (bigint), a count or ratio (number), or nothing that can be told. */
export type MetricValue = bigint | number | null;

export interface MetricRequest {
  /** Day number: facts up to the end of this day count. */
  readonly asOf: number;
  /** The window is `(asOf − months, asOf]`; null: all history. */
  readonly windowMonths: number | null;
  /** Only these accounts; shares and quantiles still speak of the whole population. Default: all. */
  readonly accounts?: readonly string[];
  /** Only these metrics, to spare the work of the others. Default: all of the source. */
  readonly ids?: readonly string[];
}

/** Values by account, then by metric; an account that is left out has no facts here: see {@link MetricSource.absent}. */
export type MetricValues = ReadonlyMap<string, Readonly<Record<string, MetricValue>>>;

/** Computes account metrics (formulas.md) from read models, as of any day, without reading the log. */
export interface MetricSource {
  /** The ids of the metrics that it knows; a family ends with a colon (`appraisal:`). */
  readonly ids: readonly string[];
  /**
   * Metrics that are an account's part in what all accounts have of another one, by that one: its value over the sum of
   * the positive values; null where it has none, and where nobody has anything. Who holds the values of all accounts
   * can make them, and leaves them out of what is asked for.
   */
  readonly shares?: Readonly<Record<string, string>>;
  load(request: MetricRequest): Promise<MetricValues>;
  /** The values of an account without any fact here: revenue 0, never ordered, … */
  absent(): Readonly<Record<string, MetricValue>>;
}

/**
 * Lets so many lines a second through and counts the rest, so that a store that is away, at thousands of refused requests
 * a second, does not fill the disk with the same sentence.
 */
export class LogBudget {
  #second = 0;
  #spent = 0;
  #suppressed = 0;

  /** @param clock in milliseconds */
  constructor(
    private readonly linesASecond: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns how many lines were kept back since the last one that was let through; undefined: keep this one back, too */
  take(): number | undefined {
    const second = Math.floor(this.clock() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#spent = 0;
    }
    if (this.#spent >= this.linesASecond) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#spent += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}

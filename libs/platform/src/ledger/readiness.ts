/** Whether the ledger can be used, and if not, why: it starts while its stores may not be there yet. */
export class Readiness {
  #cause: string | undefined = 'The ledger is starting.';

  /** A sentence for a person; `undefined`: it can be used. */
  get cause(): string | undefined {
    return this.#cause;
  }

  ready(): void {
    this.#cause = undefined;
  }

  notReady(cause: string): void {
    this.#cause = cause;
  }
}

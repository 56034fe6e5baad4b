/** `comparing`: what is at the target already · `copying` · `reading-back`: what was copied · `verifying`: one log. */
export type TransferPhase = 'comparing' | 'copying' | 'reading-back' | 'verifying';

/** How far a walk over a log is. */
export interface TransferProgress {
  readonly phase: TransferPhase;
  /** Events gone through in this phase. */
  readonly events: number;
  /** The share of the log that is behind, from 0 to 1, by positions. */
  readonly share: number;
}

export type OnTransferProgress = (progress: TransferProgress) => void;

/** Called off by the signal. */
export class TransferInterrupted extends Error {
  override readonly name = 'TransferInterrupted';
}

/** Events between two reports, and between two looks at the signal. */
const STRIDE = 512;

/** Counts the events of one walk from `start` to `end`, tells of them, and stops the walk when it is called off. */
export class WalkProgress {
  #events = 0;

  constructor(
    private readonly phase: TransferPhase,
    private readonly start: bigint,
    private readonly end: bigint,
    private readonly signal: AbortSignal,
    private readonly tell: OnTransferProgress,
  ) {}

  get events(): number {
    return this.#events;
  }

  /** @throws TransferInterrupted */
  passed(position: bigint): void {
    this.#events += 1;
    if (this.#events % STRIDE !== 0 && position !== this.end) return;
    if (this.signal.aborted) throw new TransferInterrupted('called off');
    const length = Number(this.end - this.start);
    this.tell({
      phase: this.phase,
      events: this.#events,
      share: length <= 0 ? 1 : Number(position - this.start) / length,
    });
  }
}

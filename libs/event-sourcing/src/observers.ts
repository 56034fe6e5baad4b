/**
 * Callbacks for those who measure or trace the machinery. They are called in the flow of the work: they must be quick and
 * must not throw. Where none is given, nothing is gathered for it.
 */
export interface CommandObserver {
  /** The state of a stream is needed: whether it is in the cache. */
  stateLooked?(cached: boolean): void;
  /** Events are about to be appended. @returns is called with what became of it */
  appending?(append: ObservedAppend): (outcome: 'appended' | 'conflict' | 'failed') => void;
  /** A stream's snapshot could not be read or written. Commands go on without it, only later ones may take longer. */
  snapshotFailed?(stream: string, error: unknown): void;
}

export interface ObservedAppend {
  readonly stream: string;
  /** So many commands share the append. */
  readonly commands: number;
  readonly events: number;
  /** W3C trace contexts of those of the commands that are traced. */
  readonly traceparents: readonly string[];
}

export interface ProjectionObserver {
  /**
   * What has changed in the read models is about to be written.
   * @returns is called when it is written, or has failed
   */
  flushing?(flush: ObservedFlush): (outcome: 'written' | 'failed', documents: number) => void;
}

export interface ObservedFlush {
  /** Events since the last write. */
  readonly events: number;
  /** W3C trace contexts of the traced events among them, each once, the first 100. */
  readonly traceparents: readonly string[];
}

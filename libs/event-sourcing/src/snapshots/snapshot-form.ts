import type { JsonValue } from '../json.js';
import type { KeyedState } from './keyed-state.js';

/**
 * How a decider's state goes into a snapshot and comes out of it. What grows with the stream belongs into keyed parts; the
 * rest is written and read whole with every snapshot. Pure; no personal data but as the events have them.
 */
export interface SnapshotForm<State> {
  /** The state but for its keyed parts. */
  write(state: State): JsonValue;
  /**
   * The state of which `rest` was written, with the keyed parts of `state`, each as `part` gives it back. It hands every
   * keyed part to `part` once.
   */
  read(rest: JsonValue, state: State, part: <Value>(keyed: KeyedState<Value>) => KeyedState<Value>): State;
}

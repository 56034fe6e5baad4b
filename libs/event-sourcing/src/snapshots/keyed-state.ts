import { Map as ImmutableMap } from 'immutable';
import type { JsonValue } from '../json.js';
import { type PageEntry, pageEntry } from './page.js';
import { SegmentStack } from './segment-stack.js';

/** How a value is written as JSON, as short as may be, and read. */
export interface ValueForm<Value> {
  write(value: Value): JsonValue;
  /** Gives what `write` was given. */
  read(json: JsonValue): Value;
}

/** The form of values that are texts. */
export const textForm: ValueForm<string> = { write: (text) => text, read: (json) => json as string };

/**
 * A map of a decider's state that grows with its stream: what came since the last snapshot in the memory, before it the
 * snapshot's pages, of which only those are read that are asked for, and only the asked value is parsed.
 * A value: `set` gives another one and leaves this as it was.
 */
export class KeyedState<Value> {
  private constructor(
    readonly name: string,
    private readonly form: ValueForm<Value>,
    private readonly recent: ImmutableMap<string, Value>,
    private readonly stack: SegmentStack,
  ) {}

  /** @param name of its own among all deciders of a stream, such as `orders.returns` */
  static empty<Value>(name: string, form: ValueForm<Value>): KeyedState<Value> {
    return new KeyedState(name, form, ImmutableMap(), new SegmentStack());
  }

  /** @throws SnapshotLost when a page that has to be read is gone; whoever folds and decides lets that pass */
  get(key: string): Value | undefined {
    const recent = this.recent.get(key);
    if (recent !== undefined) return recent;
    const text = this.stack.get(this.entryKey(key));
    return text === undefined ? undefined : this.form.read(JSON.parse(text) as JsonValue);
  }

  /** @throws SnapshotLost as {@link get} */
  has(key: string): boolean {
    return this.recent.has(key) || this.stack.get(this.entryKey(key)) !== undefined;
  }

  set(key: string, value: Value): KeyedState<Value> {
    return new KeyedState(this.name, this.form, this.recent.set(key, value), this.stack);
  }

  /** What was set since the last snapshot, as entries of the next one. */
  newEntries(): PageEntry[] {
    return [...this.recent].map(([key, value]) =>
      pageEntry(this.entryKey(key), JSON.stringify(this.form.write(value))),
    );
  }

  /** This map, taken from a snapshot, which holds its new entries too. */
  from(snapshot: SegmentStack): KeyedState<Value> {
    return new KeyedState(this.name, this.form, ImmutableMap(), snapshot);
  }

  private entryKey(key: string): string {
    return `${this.name}:${key}`;
  }
}

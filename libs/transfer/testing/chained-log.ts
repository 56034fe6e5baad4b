import { randomUUID } from 'node:crypto';
import { chainedEvents, type KeyedStore, type RecordedEvent } from '#event-sourcing';

/** One command of a history: which stream, and how many events it made. */
export interface SampleCommand {
  readonly stream: number;
  readonly events: number;
}

/** The commands as a log has them, chained as a ledger chains them, with gaps between positions. */
export function chainedLog(commands: readonly SampleCommand[]): RecordedEvent[] {
  const ends = new Map<string, { revision: number; hash: string }>();
  const log: RecordedEvent[] = [];
  for (const [n, command] of commands.entries()) {
    const stream = `account-${command.stream}`;
    const end = { stream, ...(ends.get(stream) ?? { revision: -1, hash: '' }) };
    const at = new Date(Date.UTC(2026, 0, 1) + 1_000 * n).toISOString();
    const request = {
      context: { now: at, actor: 'ann', role: 'sales' },
      requestId: randomUUID(),
      correlationId: randomUUID(),
      source: 'http',
    };
    const facts = Array.from({ length: command.events }, (_, i) => {
      return { type: 'sample-taken.v1', data: { number: i, of: n, text: 'Łódź 😀' }, occurredAt: at };
    });
    for (const [i, event] of chainedEvents(end, request, facts, at, randomUUID).entries()) {
      const revision = end.revision + 1 + i;
      log.push({ ...event, stream, revision, position: BigInt(3 * log.length + 5) });
      ends.set(stream, { revision, hash: event.metadata.hash });
    }
  }
  return log;
}

/** Entries in memory. */
export class InMemoryKeyedStore implements KeyedStore {
  readonly #kinds = new Map<string, Map<string, string>>();

  constructor(entries: readonly (readonly [kind: string, id: string, value: string])[] = []) {
    for (const [kind, id, value] of entries) this.#of(kind).set(id, value);
  }

  async putIfAbsent(kind: string, id: string, value: string): Promise<string> {
    const there = this.#of(kind).get(id);
    if (there === undefined) this.#of(kind).set(id, value);
    return there ?? value;
  }

  async get(kind: string, id: string): Promise<string | undefined> {
    return this.#of(kind).get(id);
  }

  async list(kind: string): Promise<{ id: string; value: string }[]> {
    return [...this.#of(kind)].map(([id, value]) => ({ id, value }));
  }

  async kinds(): Promise<string[]> {
    return [...this.#kinds].filter(([, entries]) => entries.size > 0).map(([kind]) => kind);
  }

  async remove(kind: string, id: string): Promise<boolean> {
    return this.#of(kind).delete(id);
  }

  async close(): Promise<void> {}

  #of(kind: string): Map<string, string> {
    const entries = this.#kinds.get(kind) ?? new Map<string, string>();
    this.#kinds.set(kind, entries);
    return entries;
  }
}

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CommandObserver } from '#event-sourcing';
import { ATTRIBUTE, METRIC, SPAN } from './telemetry-names.js';
import type { Tracing } from './tracing.js';

/** An append is durable after one flush of the disk, or one round to a majority of servers: from some hundred µs on. */
const APPEND_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What is measured of commands; about a microsecond a command. Appends of traced commands become spans. */
export class CommandMetrics implements CommandObserver {
  readonly #outcomes: Counter;
  readonly #lookups: Counter;
  readonly #snapshotFailures: Counter;
  readonly #appends: Histogram;
  readonly #appendCommands: Histogram;
  readonly #events: Counter;
  readonly #tracing: Tracing | undefined;
  readonly #registry: Registry;

  constructor(registry: Registry, tracing: Tracing | undefined) {
    this.#registry = registry;
    const registers = [registry];
    this.#tracing = tracing;
    this.#outcomes = new Counter({
      name: METRIC.commands,
      help: 'Commands, by type and what became of them (accepted, unchanged, replayed, or the code of the refusal).',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.#lookups = new Counter({
      name: METRIC.stateCache,
      help: 'Looks for the state of a stream in memory; a miss reads the stream.',
      labelNames: ['result'],
      registers,
    });
    this.#snapshotFailures = new Counter({
      name: METRIC.snapshotFailures,
      help: 'Snapshots of streams that could not be read or written; commands go on without them, cold ones slower.',
      registers,
    });
    this.#appends = new Histogram({
      name: METRIC.appends,
      help: 'Time until an append was durable, or refused, repeats included.',
      labelNames: ['outcome'],
      buckets: APPEND_BUCKETS,
      registers,
    });
    this.#appendCommands = new Histogram({
      name: METRIC.appendCommands,
      help: 'Commands of one stream that were appended together.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
      registers,
    });
    this.#events = new Counter({ name: METRIC.appendedEvents, help: 'Events appended by commands.', registers });
  }

  /** @param waiting how many commands wait or are under way */
  measureWaiting(waiting: () => number): void {
    new Gauge({
      name: METRIC.commandsWaiting,
      help: 'Commands that wait in line for their stream, or are under way.',
      registers: [this.#registry],
      collect() {
        this.set(waiting());
      },
    });
  }

  settled(type: string, outcome: string): void {
    this.#outcomes.inc({ type, outcome });
  }

  stateLooked(cached: boolean): void {
    this.#lookups.inc({ result: cached ? 'hit' : 'miss' });
  }

  snapshotFailed(): void {
    this.#snapshotFailures.inc();
  }

  appending({
    commands,
    events,
    stream,
    traceparents,
  }: Parameters<NonNullable<CommandObserver['appending']>>[0]): ReturnType<NonNullable<CommandObserver['appending']>> {
    const start = performance.now();
    const attributes = { [ATTRIBUTE.stream]: stream, [ATTRIBUTE.events]: events };
    const tracing = this.#tracing;
    const spans =
      tracing === undefined ? [] : traceparents.map((parent) => tracing.begin(SPAN.append, { parent, attributes }));
    return (outcome) => {
      this.#appends.observe({ outcome }, (performance.now() - start) / 1_000);
      if (outcome === 'appended') {
        this.#appendCommands.observe(commands);
        this.#events.inc(events);
      }
      for (const span of spans) span.end({ [ATTRIBUTE.outcome]: outcome }, outcome === 'failed');
    };
  }
}

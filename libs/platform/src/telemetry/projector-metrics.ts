import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { METRIC } from './telemetry-names.js';

/** What a projector tells of its work, as values that pass between threads. */
export type ProjectorFigure =
  | { readonly kind: 'flushed'; readonly seconds: number; readonly documents: number; readonly written: boolean }
  | { readonly kind: 'session'; readonly partitions: number }
  | { readonly kind: 'retrying' | 'working' | 'lease-lost' | 'ended' | 'failed' };

/** What is measured of the projector of this process, be it the process itself or a thread of the API. */
export class ProjectorMetrics {
  readonly #flushes: Histogram;
  readonly #documents: Counter;
  readonly #retries: Counter;
  readonly #failures: Counter;
  readonly #up: Gauge;
  readonly #partitions: Gauge;
  readonly #leasesLost: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#flushes = new Histogram({
      name: METRIC.flushes,
      help: 'Time until what changed in the read models was written.',
      labelNames: ['outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.#documents = new Counter({ name: METRIC.documents, help: 'Documents written to the read models.', registers });
    this.#retries = new Counter({
      name: METRIC.retries,
      help: 'Times that the projector could not reach a store and waited.',
      registers,
    });
    this.#failures = new Counter({
      name: METRIC.projectorFailures,
      help: 'Times that the projector ended by an error.',
      registers,
    });
    this.#up = new Gauge({
      name: METRIC.projectorUp,
      help: '1 while the projector of this process works.',
      registers,
    });
    this.#partitions = new Gauge({
      name: METRIC.partitions,
      help: 'Logical partitions, of 64, that the projector of this process keeps.',
      registers,
    });
    this.#leasesLost = new Counter({
      name: METRIC.leasesLost,
      help: 'Times that others took over what the projector of this process kept.',
      registers,
    });
  }

  take(figure: ProjectorFigure): void {
    switch (figure.kind) {
      case 'flushed':
        this.#flushes.observe({ outcome: figure.written ? 'written' : 'failed' }, figure.seconds);
        this.#documents.inc(figure.documents);
        break;
      case 'working':
        this.#up.set(1);
        break;
      case 'retrying':
        this.#retries.inc();
        this.#up.set(0);
        break;
      case 'failed':
        this.#failures.inc();
        this.#up.set(0);
        this.#partitions.set(0);
        break;
      case 'session':
        this.#partitions.set(figure.partitions);
        break;
      case 'lease-lost':
        this.#leasesLost.inc();
        this.#partitions.set(0);
        break;
      case 'ended':
        this.#up.set(0);
        this.#partitions.set(0);
    }
  }
}

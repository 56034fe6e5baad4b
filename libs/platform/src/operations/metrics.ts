import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { StoreUnavailable } from '#event-sourcing';
import type { Readiness } from '../ledger/readiness.js';
import type { ProjectionLags } from './projection-lag.js';

/** The names of all that is measured. */
const NAMES = {
  requests: 'keyledger_http_request_duration_seconds',
  commands: 'keyledger_commands_total',
  ready: 'keyledger_ready',
  lagSeconds: 'keyledger_projection_lag_seconds',
  lagEvents: 'keyledger_projection_lag_events',
  quarantined: 'keyledger_projection_quarantined_streams',
} as const;

/** What Prometheus is told of this process. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: NAMES.requests,
    help: 'Time until a request was answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly commands = new Counter({
    name: NAMES.commands,
    help: 'Commands, by type and what became of them (accepted, replayed, or the code of the refusal).',
    labelNames: ['type', 'outcome'],
    registers: [this.registry],
  });

  constructor(readiness: Readiness, lags: ProjectionLags) {
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    new Gauge({
      name: NAMES.ready,
      help: '1 when the ledger can be used.',
      registers,
      collect() {
        this.set(readiness.cause === undefined ? 1 : 0);
      },
    });
    const labelNames = ['projection'];
    const seconds = new Gauge({
      name: NAMES.lagSeconds,
      help: 'Age of the oldest event that is not in the read model.',
      labelNames,
      registers,
    });
    const quarantined = new Gauge({
      name: NAMES.quarantined,
      help: 'Streams that the projection stopped at.',
      labelNames,
      registers,
    });
    new Gauge({
      name: NAMES.lagEvents,
      help: 'Events that are not in the read model, counted up to 10,000.',
      labelNames,
      registers,
      async collect() {
        if (readiness.cause !== undefined) return;
        try {
          for (const { name: projection, lag, quarantined: streams } of await lags.measure()) {
            this.set({ projection }, lag.events);
            seconds.set({ projection }, lag.seconds);
            quarantined.set({ projection }, streams.length);
          }
        } catch (error) {
          // The other figures must be told also while a store is away.
          if (!(error instanceof StoreUnavailable)) throw error;
        }
      },
    });
  }
}

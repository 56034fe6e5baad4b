import { Histogram, Registry } from 'prom-client';
import { CommandMetrics } from '../telemetry/command-metrics.js';
import { measureProcess } from '../telemetry/process-metrics.js';
import { ProjectorMetrics } from '../telemetry/projector-metrics.js';
import { METRIC } from '../telemetry/telemetry-names.js';
import type { Tracing } from '../telemetry/tracing.js';

/** What Prometheus is told of the API's process. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: METRIC.requests,
    help: 'Time until a request was answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly commands: CommandMetrics;
  readonly projector: ProjectorMetrics;

  constructor(tracing: Tracing | undefined) {
    measureProcess(this.registry);
    this.commands = new CommandMetrics(this.registry, tracing);
    this.projector = new ProjectorMetrics(this.registry);
  }
}

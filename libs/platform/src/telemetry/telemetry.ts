import type { Config } from '../config/config.js';
import { Metrics } from '../operations/metrics.js';
import { JsonLog } from './json-log.js';
import { startTracing, type Tracing } from './tracing.js';

/** How a process is seen from outside. */
export interface Telemetry {
  readonly log: JsonLog;
  readonly metrics: Metrics;
  /** Left out: nothing is traced. */
  readonly tracing?: Tracing;
}

/** @param service what the process is called in traces, where `OTEL_SERVICE_NAME` does not say */
export async function startTelemetry(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
  service: string,
): Promise<Telemetry> {
  const log = new JsonLog(config.logLevel);
  const tracing = await startTracing(environment, service, log);
  const metrics = new Metrics(tracing);
  return { log, metrics, ...(tracing === undefined ? {} : { tracing }) };
}

import type { Attributes } from '@opentelemetry/api';
import type { JsonLog } from './json-log.js';
import { LOG_CONTEXT } from './telemetry-names.js';

/** How a span begins. Places in traces are W3C `traceparent` texts: they travel with envelopes and events as such. */
export interface SpanStart {
  readonly kind?: 'server' | 'consumer';
  /** Left out or out of form: the span begins a trace. */
  readonly parent?: string | undefined;
  readonly links?: readonly string[];
  readonly attributes?: Attributes;
}

export interface TraceSpan {
  readonly traceId: string;
  /** What its children name as their parent; undefined when the sampler passed the trace over. */
  readonly traceparent: string | undefined;
  /** @param failed the work did not do what it was for through no fault of its caller */
  end(attributes: Attributes, failed?: boolean): void;
}

/** Where spans go. */
export interface Tracing {
  begin(name: string, start: SpanStart): TraceSpan;
  /** Sends what waits to be sent, for at most some seconds. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Traces by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names a collector;
 * without either, nothing of OpenTelemetry is loaded. Its other variables (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, `OTEL_EXPORTER_OTLP_HEADERS` …) count as its documentation says.
 * @param service name of the service where `OTEL_SERVICE_NAME` gives none
 * @returns undefined when tracing is off
 */
export async function startTracing(
  environment: Environment,
  service: string,
  log: JsonLog,
): Promise<Tracing | undefined> {
  if (!isAskedFor(environment)) return undefined;
  const { otlpTracing } = await import('./otlp-tracing.js');
  return otlpTracing(service, (complaint) => log.line('warn', LOG_CONTEXT.tracing, complaint));
}

function isAskedFor(environment: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } =
    environment;
  const endpoint = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT || '';
  return endpoint !== '' && OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && OTEL_TRACES_EXPORTER !== 'none';
}
